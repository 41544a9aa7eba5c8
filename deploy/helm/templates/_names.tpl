{{/* What a Service or a policy finds the nodes by: never changes while they are installed. */}}
{{- define "causeway.selector" -}}
app.kubernetes.io/name: causeway
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "causeway.labels" -}}
{{ include "causeway.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "causeway.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{/* causeway.toml: a JSON string, number, boolean or list of strings is one of TOML too. */}}
{{- define "causeway.settings" -}}
# A node of the StatefulSet; all have the same.
[listen]
fspiop = "0.0.0.0:3000"
bank = "0.0.0.0:3100"
admin = "0.0.0.0:3001"
{{- range $table, $keys := .Values.config }}
{{- if $keys }}

[{{ $table }}]
{{- range $key, $value := $keys }}
{{ $key }} = {{ toJson $value }}
{{- end }}
{{- if eq $table "redis" }}
nodes = {{ $.Values.replicas }}
{{- end }}
{{- end }}
{{- end }}
{{ end -}}
