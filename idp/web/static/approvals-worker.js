// Shows that a sign-in waits, while the page is not open; a click opens the page, which alone knows what waits. What the
// push service brought is words: where a click leads is not in it.
const PAGE = "/account/approvals";

self.addEventListener("push", (event) => {
  const told = event.data?.json() ?? {};
  event.waitUntil(
    self.registration.showNotification(told.title ?? "", { body: told.body, lang: told.language, tag: "approval", requireInteraction: true }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(
    self.clients.matchAll({ type: "window", includeUncontrolled: true }).then((open) => {
      const page = open.find((each) => new URL(each.url).pathname === PAGE);
      return page ? page.focus() : self.clients.openWindow(PAGE);
    }),
  );
});
