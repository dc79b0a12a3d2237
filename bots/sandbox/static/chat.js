"use strict";
// A phone: does what its member does, and asks every second what came back; less often while
// nobody looks or nothing answers.

const phone = document.getElementById("phone");
const SECOND_MS = 1000;
const SLOWEST_MS = 15 * SECOND_MS;

async function post(path, entry) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ account: phone.dataset.account, member: phone.dataset.member, ...entry }),
  });
  return answer.json();
}

function startChat() {
  const list = document.getElementById("bubbles");
  const notice = document.getElementById("notice");
  const text = document.getElementById("text");
  const { account, member, room, kind } = phone.dataset;
  const address = `/sandbox/chat?${new URLSearchParams({ account, member, room })}`;
  let version = "";
  let wait = SECOND_MS;
  let timer = 0;

  function show(chat) {
    draw(list, chat.bubbles, kind);
    const follow = document.getElementById("follow");
    if (follow) follow.hidden = chat.subscribed;
    for (const id of ["write", "more", "menu", "unfollow"]) {
      const part = document.getElementById(id);
      if (part) part.hidden = !chat.subscribed;
    }
  }

  function say(why) {
    notice.textContent = why;
    notice.hidden = !why;
  }

  async function look() {
    clearTimeout(timer);
    try {
      const answer = await fetch(address, { headers: version ? { "If-None-Match": version } : {}, cache: "no-store" });
      if (answer.status === 200) {
        version = answer.headers.get("ETag");
        show(await answer.json());
      }
      if (wait > SECOND_MS) say("");
      wait = SECOND_MS;
    } catch {
      say(words.offline);
      wait = Math.min(wait * 2, SLOWEST_MS);
    }
    timer = setTimeout(look, document.hidden ? SLOWEST_MS : wait);
  }

  async function act(entry) {
    list.scrollTop = list.scrollHeight;
    setTimeout(look, 80);
    try {
      const outcome = await post("/sandbox/act", { room, ...entry });
      say(outcome.error || "");
    } catch {
      say(words.offline);
    }
    look();
  }

  document.getElementById("write").addEventListener("submit", (event) => {
    event.preventDefault();
    const said = text.value;
    if (!said.trim()) return;
    text.value = "";
    act({ do: "text", text: said });
  });

  phone.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do], [data-say]");
    if (!button) return;
    if (button.dataset.say) act({ do: "text", text: button.dataset.say });
    else actOf(button);
  });

  function actOf(button) {
    const scene = { subscribe: "subscribe-scene", scan: "scene" }[button.dataset.do];
    const field = scene && document.getElementById(scene);
    if (button.dataset.do === "scan" && !field.value.trim()) {
      field.focus();
      return;
    }
    act({ do: button.dataset.do, key: button.dataset.key || "", scene: field ? field.value.trim() : "" });
  }

  document.addEventListener("visibilitychange", look);
  look();
}

function startCodes() {
  const shown = document.getElementById("code");
  phone.addEventListener("click", async (event) => {
    const kind = event.target.dataset.code;
    if (!kind) return;
    const outcome = await post("/sandbox/codes", { kind });
    shown.textContent = outcome.code || outcome.error;
  });
}

if (phone && phone.dataset.kind === "mini_program") startCodes();
if (phone && document.getElementById("bubbles")) startChat();
