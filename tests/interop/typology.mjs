// The peer's typology processor as its source says it works, with the engine that it computes with: a JSON object a
// line on stdin, an answer a line on stdout.
//
//   {"rules":[{"id","cfg","termId","wghts":[{"ref","wght"}]}],"expression":[],"workflow":{},"results":[{"id","cfg","subRuleRef"}]}
//                     {"score":"<number as text>","review":true,"interdicts":false}
//
// What the engine throws is {"error":"<message>"}.

import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';

// The package's module form names files that Node does not find.
const { ComputeEngine } = createRequire(import.meta.url)('@cortex-js/compute-engine');

const engine = new ComputeEngine();
// It prints what it cannot read as a number, and goes on.
console.error = () => {};

/** Which term an outcome belongs to, and what it weighs there; the last entry counts. */
function weighed(rules, results) {
  const known = new Map(
    rules.flatMap(({ id, cfg, termId, wghts }) => wghts.map(({ ref, wght }) => [id + cfg + ref, { termId, wght }])),
  );
  const found = results.map(({ id, cfg, subRuleRef }) => known.get(id + cfg + subRuleRef)).filter(Boolean);
  return new Map(found.map(({ termId, wght }) => [termId, wght]));
}

/** The expression with weights in the places of terms; a term without one stays. */
function filled(part, weights) {
  if (Array.isArray(part)) return part.map((inner) => filled(inner, weights));
  return typeof part === 'string' ? (weights.get(part) ?? part) : part;
}

function scored(expression, weights) {
  const result = engine.box(filled(expression, weights)).evaluate();
  return typeof result.value === 'number' && result.errors.length === 0 ? result.value : 0;
}

function judged({ rules, expression, workflow, results }) {
  const score = scored(expression, weighed(rules, results));
  const { alertThreshold, interdictionThreshold, flowProcessor } = workflow;
  const condition = flowProcessor ? results.find(({ id }) => id === flowProcessor)?.subRuleRef : undefined;
  const stops = interdictionThreshold !== undefined && score >= interdictionThreshold;
  const interdicts = stops && condition !== 'block' && condition !== 'override';
  const alerts = Boolean(alertThreshold) && score >= alertThreshold;
  return { score: String(score), review: alerts || condition === 'block' || interdicts, interdicts };
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = judged(JSON.parse(line));
  } catch (error) {
    answer = { error: error.message };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
