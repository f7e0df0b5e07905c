// Turns notifications on: the browser asks its owner, subscribes at its push service, and the form takes that to us.
// Where we still think that this browser is told and it is not any more, the button is offered again.
const form = document.querySelector("#tell");
const state = document.querySelector("#tell-state");
const say = (words) => { state.textContent = words; };

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const subscribe = async () => {
  if ((await Notification.requestPermission()) !== "granted") {
    say(form.dataset.denied);
    return;
  }
  const here = await navigator.serviceWorker.register(form.dataset.worker);
  const wanted = { userVisibleOnly: true, applicationServerKey: bytes(form.dataset.key) };
  // One that was made with another key of ours is of no use, and stands in the way of the next.
  const made = await here.pushManager.subscribe(wanted).catch(async () => {
    await (await here.pushManager.getSubscription())?.unsubscribe();
    return here.pushManager.subscribe(wanted);
  });
  form.elements.endpoint.value = made.endpoint;
  form.elements.p256dh.value = text(made.getKey("p256dh"));
  form.elements.auth.value = text(made.getKey("auth"));
  form.submit();
};

const isTold = async () => {
  const here = await navigator.serviceWorker.getRegistration(form.dataset.worker);
  return Notification.permission === "granted" && Boolean(await here?.pushManager.getSubscription());
};

if (form && !("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) {
  form.hidden = true;
  say(form.dataset.unsupported);
} else if (form) {
  form.hidden = form.dataset.told === "1" && (await isTold());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    say("");
    form.dataset.busy = "";
    await subscribe().catch(() => say(form.dataset.failed));
    delete form.dataset.busy;
  });
}
