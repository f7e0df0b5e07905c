/* A policy is looked at while it is typed: soon after the last key, one look at a time. Nothing is kept by it, and what
   is too large to be sent is not sent, so that nobody loses it. Without scripts the same is said when it is saved. */
const text = document.getElementById("text");
const said = document.getElementById("typing");
const found = document.getElementById("typing-found");
const form = text.form;
const words = said.dataset;
let waiting;
let asked;

const isLarge = () => text.value.length > Number(words.most);

const shown = (finding) => {
  const item = document.createElement("li");
  const key = document.createElement("code");
  if (finding.line) {
    const place = document.createElement("button");
    place.type = "button";
    place.className = "link";
    place.dataset.jump = `${finding.line}:${finding.column}`;
    place.textContent = words.place.replace("{line}", finding.line).replace("{column}", finding.column);
    item.append(place, " ");
  }
  if (finding.key) {
    key.textContent = finding.key;
    item.append(key, " ");
  }
  item.append(finding.text);
  return item;
};

const say = (sentence, findings = []) => {
  // What has not changed is not said again by a screen reader.
  if (said.textContent !== sentence) said.textContent = sentence;
  found.replaceChildren(...findings.map(shown));
};

const look = async () => {
  asked?.abort();
  asked = new AbortController();
  if (isLarge()) return say(words.large);
  if (text.value.length > Number(words.looked)) return say(words.later);
  const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value, text: text.value });
  try {
    const answer = await fetch(words.path, { method: "POST", body, redirect: "error", signal: asked.signal });
    if (!answer.ok) throw new Error(answer.status);
    const { errors, warnings } = await answer.json();
    const sentence = errors.length ? words.wrong.replace("{count}", errors.length) : words.fine;
    return say(sentence, [...errors, ...warnings]);
  } catch (error) {
    return error.name === "AbortError" ? undefined : say(words.failed);
  }
};

text.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(look, 500);
});
form.addEventListener("submit", (event) => {
  if (event.submitter?.id !== "save" || !isLarge()) return;
  event.preventDefault();
  say(words.large);
  text.focus();
});
