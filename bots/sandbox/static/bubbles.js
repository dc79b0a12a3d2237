"use strict";
// Draws what a phone shows. Everything people wrote goes in as text nodes, never as markup.

const words = JSON.parse(document.body.dataset.words);
const WEB = /^https?:\/\//i;
const LINKED = /<a\s[^>]*?href=["']([^"']*)["'][^>]*>([\s\S]*?)<\/a>|(https?:\/\/[^\s<>"'，。！？；、）】》]+)/gi;
const EVENTS = ["subscribe", "unsubscribe", "scan", "click", "menu_view", "agent_begins", "agent_hands_over", "agent_ends", "join", "leave", "enter"];
const QUIET_MS = 5 * 60 * 1000;

function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function link(url, className, ...children) {
  if (!WEB.test(url || "")) return element("span", className, ...children);
  const made = element("a", className, ...children);
  Object.assign(made, { href: url, target: "_blank", rel: "noopener noreferrer" });
  return made;
}

// WeChat shows <a href> in a text message as a link, and addresses that stand alone as well.
function textWithLinks(text) {
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(LINKED)) {
    parts.push(text.slice(end, found.index));
    parts.push(found[3] ? link(found[3], "", found[3]) : link(found[1], "", found[2]));
    end = found.index + found[0].length;
  }
  return [...parts, text.slice(end)];
}

function picture(sign, note, url) {
  const icon = Object.assign(element("img"), { src: `/static/icons/${sign}.svg`, alt: "" });
  const box = element("div", "picture", icon, note || "");
  if (!WEB.test(url || "")) return box;
  const image = element("img");
  Object.assign(image, { src: url, alt: note || "", referrerPolicy: "no-referrer" });
  image.className = "full";
  image.addEventListener("error", () => image.replaceWith(box));
  return image;
}

function card(url, title, about, image, foot) {
  const inner = element("span", "inner", element("b", "", title || ""));
  if (about) inner.append(element("span", "about", about));
  const whole = link(url, "card-link", WEB.test(image || "") ? picture("image", "", image) : null, inner);
  if (foot) whole.append(element("span", "foot", foot));
  return whole;
}

function choices(content) {
  const box = element("div", "", content.head_content || "");
  for (const choice of content.list || []) {
    const button = element("button", "choice", choice.content);
    button.dataset.say = choice.content;
    box.append(button);
  }
  box.append(content.tail_content || "");
  return box;
}

const CARDS = {
  news: (content) => (content.articles || []).map((one) => card(one.url, one.title, one.description, one.picurl, words.link)),
  link: (content) => [card(content.url, content.title, content.description, content.picture_url || content.picurl, words.link)],
  miniprogrampage: (content) => [card("", content.title, content.pagepath, content.thumb_url, words.mini)],
  miniprogram: (content) => [card("", content.title, content.page_path, content.thumb_url, words.mini)],
  image: (content) => [picture("image", content.media_id || words.image, content.text || content.url)],
  voice: (content) => [picture("voice", content.text || words.voice)],
  location: (content) => [picture("location", content.text || words.location)],
};

function bubbleOf(one) {
  const content = one.content;
  if (CARDS[one.kind]) return element("div", "bubble wide", ...CARDS[one.kind](content));
  if (one.kind === "msgmenu") return element("div", "bubble", choices(content));
  const text = typeof content === "string" ? content : content.text;
  if (typeof text === "string") return element("div", "bubble", ...textWithLinks(text));
  return element("div", "bubble", JSON.stringify(content));
}

function stateOf(one) {
  if (!one.from_member || one.delivered === true) return null;
  if (one.delivered === null) return element("div", "state", words.sending);
  const state = element("div", "state failed", `${words.not_delivered} · ${words.no_service}`);
  state.title = one.answer;
  return state;
}

function eventLine(one) {
  const what = words[`did_${one.kind}`].replace("{who}", one.who);
  const through = one.content.scene || one.content.key;
  return element("li", "event", element("span", "", through ? `${what} · ${through}` : what), stateOf(one));
}

function avatar(one, accountKind) {
  const hue = [...new TextEncoder().encode(one.who)].reduce((sum, byte) => sum + byte, 0) % 12;
  const kind = one.from_member ? "member" : accountKind === "group" ? "mini_program" : accountKind;
  return element("span", `avatar ${kind} hue-${hue}`, [...one.who][0] || "?");
}

function timeLine(at) {
  const moment = new Date(at);
  const today = moment.toDateString() === new Date().toDateString();
  const day = today ? {} : { month: "2-digit", day: "2-digit" };
  return element("li", "when", moment.toLocaleString(document.documentElement.lang, { ...day, hour: "2-digit", minute: "2-digit" }));
}

function draw(list, bubbles, accountKind) {
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
  const rows = bubbles.length ? [] : [element("li", "none", words.nothing_here)];
  let before = 0;
  for (const one of bubbles) {
    const at = Date.parse(one.at);
    if (at - before > QUIET_MS) rows.push(timeLine(one.at));
    before = at;
    if (one.from_member && EVENTS.includes(one.kind)) {
      rows.push(eventLine(one));
      continue;
    }
    const who = accountKind === "group" && !one.mine ? element("div", "who", one.who) : null;
    const body = element("div", "body", who, bubbleOf(one), stateOf(one));
    rows.push(element("li", one.mine ? "row mine" : "row", avatar(one, accountKind), body));
  }
  list.replaceChildren(...rows);
  if (atEnd) list.scrollTop = list.scrollHeight;
}
