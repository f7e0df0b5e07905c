/* A mistake that names a line: a click on it goes to that line of the text. Without scripts the line is shown anyway. */
const text = document.getElementById("text");
for (const mistake of document.querySelectorAll("[data-line]")) {
  const button = document.createElement("button");
  const place = mistake.querySelector(".place");
  button.type = "button";
  button.className = "link";
  button.textContent = place.textContent;
  button.addEventListener("click", () => {
    const lines = text.value.split("\n");
    const line = Number(mistake.dataset.line);
    const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
    text.focus();
    text.setSelectionRange(start, start + lines[line - 1].length);
    text.scrollTop = (text.scrollHeight / lines.length) * Math.max(0, line - 5);
  });
  place.replaceWith(button);
}
