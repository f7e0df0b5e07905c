// Adds a button that shows what was typed in a password field. Without scripts there is no button and nothing is lost.
for (const input of document.querySelectorAll("input[type=password][data-show]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "reveal";
  button.textContent = input.dataset.show;
  button.setAttribute("aria-pressed", "false");
  button.setAttribute("aria-controls", input.id);
  button.addEventListener("click", () => {
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    button.textContent = shown ? input.dataset.hide : input.dataset.show;
    button.setAttribute("aria-pressed", String(shown));
    input.focus();
  });
  input.parentElement.classList.add("has-reveal");
  input.after(button);
  input.form.addEventListener("submit", () => { input.type = "password"; });
}
