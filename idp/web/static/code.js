// Sends the form once six digits are there. Spaces and hyphens are dropped, as the server does. The short wait shows
// the last digit, and leaves the button to whoever is faster.
const PAUSE = 500;
for (const input of document.querySelectorAll("input.code")) {
  let timer = 0;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    if (/^[0-9]{6}$/.test(input.value.replace(/[ -]/g, ""))) {
      timer = setTimeout(() => input.form.requestSubmit(input.form.querySelector("#challenge-submit, #enrol-submit")), PAUSE);
    }
  });
  input.form.addEventListener("submit", () => clearTimeout(timer));
}
