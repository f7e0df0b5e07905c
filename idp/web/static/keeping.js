// Copies and prints what is to be kept. Without scripts the buttons are hidden: the file can be saved, the page printed.
const copy = document.querySelector("#codes-copy");
const state = document.querySelector("#codes-state");
copy?.addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(copy.dataset.copy);
    state.textContent = copy.dataset.copied;
  } catch {
    // The browser does not allow it: let them be marked, so that its own menu copies them.
    getSelection().selectAllChildren(document.querySelector(".codes"));
  }
});
document.querySelector("#codes-print")?.addEventListener("click", () => print());
