// Makes and uses passkeys. The page holds what the browser is to be asked (data-options) and every sentence that may be
// said (data-*); the answer goes with the page's own form. Nothing is fetched.
const place = document.querySelector("[data-ceremony]");

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const opened = (each) => ({ ...each, id: bytes(each.id) });

function asked(given) {
  const read = { ...given, challenge: bytes(given.challenge) };
  if (given.user) {
    return { ...read, user: { ...given.user, id: bytes(given.user.id) }, excludeCredentials: given.excludeCredentials.map(opened) };
  }
  return { ...read, allowCredentials: given.allowCredentials.map(opened) };
}

function answer({ id, rawId, type, response }) {
  const said = { clientDataJSON: text(response.clientDataJSON) };
  if (response.attestationObject) {
    said.attestationObject = text(response.attestationObject);
    said.transports = response.getTransports?.() ?? [];
  } else {
    said.authenticatorData = text(response.authenticatorData);
    said.signature = text(response.signature);
    said.userHandle = response.userHandle?.byteLength ? text(response.userHandle) : null;
  }
  return JSON.stringify({ id, rawId: text(rawId), type, response: said });
}

// Which sentence a browser's error stands for. NotAllowedError is cancelled, too slow and none here alike, on purpose.
const SENTENCES = { NotAllowedError: "cancelled", InvalidStateError: "exists", SecurityError: "denied", AbortError: "none" };

const PATIENCE = 4000;
const hidden = (name, value = "") => Object.assign(document.createElement("input"), { type: "hidden", name, value });

// Says beside the password that this browser can make a passkey by itself afterwards.
const tell = () => document.querySelector("#password")?.form.append(hidden("quietly", "1"));

function begin(place) {
  const words = place.dataset;
  const state = place.querySelector("[role=status]");
  const input = place.querySelector("input[name=passkey]");
  const form = input.form;
  const ends = performance.now() + Number(words.lasts) * 1000;
  let pending = null;
  let isSent = false;

  const say = (name) => { state.textContent = words[name] ?? ""; };

  function send(name, value) {
    if (isSent) return;
    isSent = true;
    const field = form.elements.namedItem(name) ?? form.appendChild(hidden(name));
    field.value = value;
    form.submit();
  }

  async function ask(how) {
    pending?.abort();
    const mine = (pending = new AbortController());
    const request = { publicKey: asked(JSON.parse(words.options)), signal: mine.signal, ...how };
    const made = await (words.ceremony === "get" ? navigator.credentials.get(request) : navigator.credentials.create(request));
    if (pending === mine) send("passkey", answer(made));
  }

  form.addEventListener("submit", (event) => {
    if (event.submitter?.name === "choice") return;
    event.preventDefault();
    if (!words.options || performance.now() > ends) return send("choice", "again"); // its time is over: begin anew
    form.querySelector(".problem")?.remove(); // it was about the last answer
    say("waiting");
    ask({}).catch((error) => say(SENTENCES[error.name] ?? "failed"));
  });

  // By itself: without asking anybody, and without keeping anybody. Whatever comes of it, the person goes on.
  if ("quiet" in words) {
    ask({ mediation: "conditional" }).catch(() => send("choice", "skip"));
    setTimeout(() => send("choice", "skip"), PATIENCE);
  }

  // Autofill: the browser offers passkeys in the field for the username, and is silent where there are none.
  if ("autofill" in words && words.options) {
    window.PublicKeyCredential.isConditionalMediationAvailable?.()
      .then((can) => can && !pending && ask({ mediation: "conditional" }))
      .catch(() => {});
    setTimeout(() => pending?.abort(), Number(words.lasts) * 1000);
    window.PublicKeyCredential.getClientCapabilities?.()
      .then((can) => can.conditionalCreate && tell())
      .catch(() => {});
  }
}

if (place && window.PublicKeyCredential && navigator.credentials) {
  begin(place);
} else if (place && "autofill" in place.dataset) {
  place.closest("form").hidden = true; // there is a password
} else if (place) {
  place.querySelector("[role=status]").textContent = place.dataset.unsupported;
}
