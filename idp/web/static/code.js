// Sends the form once all digits are there. Spaces and hyphens are dropped, as the server does. The short wait shows the
// last digit, and leaves the button to whoever is faster. Where several lengths are possible, the button it is.
const PAUSE = 500;
for (const input of document.querySelectorAll("input.code[data-digits]")) {
  const whole = input.dataset.digits ? new RegExp(`^[0-9]{${input.dataset.digits}}$`) : null;
  let timer = 0;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    if (whole?.test(input.value.replace(/[ -]/g, ""))) {
      timer = setTimeout(() => input.form.requestSubmit(input.form.querySelector("#challenge-submit, #enrol-submit")), PAUSE);
    }
  });
  input.form.addEventListener("submit", () => clearTimeout(timer));
}
