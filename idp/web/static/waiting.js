// Looks again after a while, as long as somebody looks at the page and is not asked something by the browser; sends the
// form once there is nothing to wait for.
const waiting = document.querySelector("[data-look-again]");
if (waiting) {
  const look = () => {
    if (document.hidden) {
      document.addEventListener("visibilitychange", look, { once: true });
    } else if (document.querySelector("[data-busy]")) {
      setTimeout(look, 1000);
    } else {
      location.replace(location.pathname);
    }
  };
  setTimeout(look, 1000 * waiting.dataset.lookAgain);
}
document.querySelector("[data-go-on]")?.form.requestSubmit();
