// Looks again after a while, as long as somebody looks at the page; sends the form once there is nothing to wait for.
const waiting = document.querySelector("[data-look-again]");
if (waiting) {
  const look = () => (document.hidden ? document.addEventListener("visibilitychange", look, { once: true }) : location.replace(location.pathname));
  setTimeout(look, 1000 * waiting.dataset.lookAgain);
}
document.querySelector("[data-go-on]")?.form.requestSubmit();
