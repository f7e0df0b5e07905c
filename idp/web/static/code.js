// Sends the form once six digits are there. Spaces and hyphens are dropped, as the server does.
for (const input of document.querySelectorAll("input.code")) {
  let isSent = false;
  input.addEventListener("input", () => {
    if (!isSent && /^[0-9]{6}$/.test(input.value.replace(/[ -]/g, ""))) {
      isSent = true;
      input.form.requestSubmit(document.getElementById("challenge-submit"));
    }
  });
}
