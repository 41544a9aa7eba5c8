// The little that HTML cannot do: decisions as they come, and a file into a text field.
"use strict";

const SHOWN = 200;

function live(list) {
  const status = document.getElementById("stream");
  const events = new EventSource(list.dataset.events);
  events.onopen = () => { status.textContent = "live"; status.className = "muted on"; };
  events.onerror = () => { status.textContent = "connecting"; status.className = "muted"; };
  events.addEventListener("missed", (event) => {
    status.textContent = `live, ${event.data} not shown`;
  });
  events.addEventListener("decision", (event) => {
    // The row is made and escaped by the server.
    const template = document.createElement("template");
    template.innerHTML = event.data;
    const row = template.content.firstElementChild;
    document.getElementById(row.id)?.remove();
    document.getElementById("none")?.remove();
    row.classList.add("fresh");
    list.prepend(row);
    window.htmx.process(row);
    while (list.children.length > SHOWN) list.lastElementChild.remove();
  });
}

document.addEventListener("DOMContentLoaded", () => {
  const list = document.querySelector("[data-events]");
  if (list) live(list);
  for (const input of document.querySelectorAll("input[data-into]")) {
    input.addEventListener("change", async () => {
      const [file] = input.files;
      if (file) document.getElementById(input.dataset.into).value = await file.text();
    });
  }
});

// A light leads to its own sentence in what it opens.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id !== "detail") return;
  const path = event.detail.requestConfig.elt.getAttribute("href") || "";
  const id = path.split("#")[1];
  const wanted = id && document.getElementById(id);
  wanted?.classList.add("wanted");
  (wanted || event.detail.target).scrollIntoView({ block: "nearest" });
});
