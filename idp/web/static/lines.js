/* A mistake that names its place: a click goes to that place of the text. Without scripts the line is shown anyway. */
const text = document.getElementById("text");

document.addEventListener("click", (event) => {
  const place = event.target.closest("[data-jump]")?.dataset.jump;
  if (!place) return;
  const [line, column] = place.split(":").map(Number);
  const lines = text.value.split("\n");
  if (line > lines.length) return;
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  text.focus();
  text.setSelectionRange(start + Math.min(column - 1, lines[line - 1].length), start + lines[line - 1].length);
  text.scrollTop = (text.scrollHeight / lines.length) * Math.max(0, line - 5);
});

for (const mistake of document.querySelectorAll("[data-line]")) {
  const button = document.createElement("button");
  const place = mistake.querySelector(".place");
  button.type = "button";
  button.className = "link";
  button.dataset.jump = `${mistake.dataset.line}:1`;
  button.textContent = place.textContent;
  place.replaceWith(button);
}
