// The demonstration page. The server tells everything over one event stream: first the whole state, then each
// message, report and tick; the page only draws it and sends back what the people on the phones do.

const FIRST_PHONES = {
  zh: ["chat:coordinator-1", "sms:woman-1", "chat:township-1"],
  en: ["chat:coordinator-2", "sms:woman-3", "chat:township-2"],
};
const ZONE = "Asia/Shanghai";
const NEAR_BOTTOM_PX = 120;

const $ = (selector, within = document) => within.querySelector(selector);

/** An element with properties and children: element("p", {className: "x"}, "text", child). */
function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

const page = {
  lang: new URLSearchParams(location.search).get("lang") === "en" ? "en" : "zh",
  strings: {},
  phones: new Map(),
  slots: [],
  reports: new Map(),
  clock: { at: Date.now(), since: performance.now(), lunar: "" },
  unread: new Map(),
  panel: 0,
  view: "inbox",
  woman: "",
};
let events = null;

/** The page's own sentence of that key, with {n} and the like filled in. */
function say(key, values = {}) {
  return (page.strings[key] ?? "").replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
}

function localise(root) {
  for (const node of root.querySelectorAll("[data-text]")) node.textContent = say(node.dataset.text);
  for (const node of root.querySelectorAll("[data-label]")) {
    node.setAttribute("aria-label", say(node.dataset.label));
    node.title = say(node.dataset.label);
  }
}

function announce(text) {
  $("#announcer").textContent = text;
}

async function post(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

async function read(path) {
  const answer = await fetch(`${path}?lang=${page.lang}`);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

// ---- time ----------------------------------------------------------------------------------------------

function tag() {
  return page.lang === "en" ? "en-GB" : "zh-CN";
}

function format(at, options) {
  return new Intl.DateTimeFormat(tag(), { timeZone: ZONE, ...options }).format(at);
}

const hourMinute = (at) => format(at, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const shortDay = (at) => format(at, { month: page.lang === "en" ? "short" : "long", day: "numeric" });

function now() {
  return new Date(page.clock.at + performance.now() - page.clock.since);
}

function setClock({ now: at, lunar, moving }) {
  page.clock = { at: Date.parse(at), since: performance.now(), lunar };
  $("#sky").classList.toggle("moving", moving);
  for (const button of document.querySelectorAll(".leaps button")) button.disabled = moving;
  drawClock();
  refreshCourse();
}

function drawClock() {
  const at = now();
  const time = hourMinute(at);
  if ($("#time").textContent !== time) $("#time").textContent = time;
  const weekday = format(at, { weekday: "short" });
  const day = format(at, { year: "numeric", month: page.lang === "en" ? "short" : "long", day: "numeric" });
  $("#day").textContent = page.lang === "en" ? `${weekday} ${day}` : `${day} ${weekday}`;
  $("#lunar").textContent = page.clock.lunar;
  for (const node of document.querySelectorAll(".device-time")) node.textContent = time;
  const [hours, minutes] = time.split(":").map(Number);
  const hour = hours + minutes / 60;
  const up = hour >= 6 && hour < 18.5;
  const way = up ? (hour - 6) / 12.5 : ((hour + 24 - 18.5) % 24) / 11.5;
  const sky = $("#sky");
  sky.dataset.phase = !up ? "night" : hour < 8 ? "dawn" : hour < 16.5 ? "day" : "dusk";
  sky.style.setProperty("--way", way.toFixed(4));
  sky.style.setProperty("--height", Math.sin(Math.PI * way).toFixed(4));
}

// ---- phones --------------------------------------------------------------------------------------------

function drawPhones() {
  const desk = $("#desk");
  for (const old of desk.querySelectorAll(".phone")) old.remove();
  page.slots.forEach((_, slot) => {
    const panel = $("#phone-template").content.firstElementChild.cloneNode(true);
    panel.id = `panel-${slot}`;
    panel.dataset.slot = slot;
    localise(panel);
    $("select", panel).addEventListener("change", (change) => {
      page.slots[slot] = change.target.value;
      page.unread.delete(page.slots[slot]);
      drawPhone(slot);
      drawTabs();
    });
    const form = $(".composer", panel);
    const box = $("textarea", form);
    form.addEventListener("submit", (submit) => {
      submit.preventDefault();
      const text = box.value.trim();
      if (!text) return;
      box.value = "";
      fit(box);
      tell(page.slots[slot], { text }, panel).then((sent) => {
        if (!sent && !box.value) box.value = text;
        fit(box);
      });
    });
    box.addEventListener("input", () => fit(box));
    box.addEventListener("keydown", (key) => {
      // Enter also confirms what an input method composes; that one is not ours
      if (key.key === "Enter" && !key.shiftKey && !key.isComposing && key.keyCode !== 229) {
        key.preventDefault();
        form.requestSubmit();
      }
    });
    keepLow($(".messages", panel));
    desk.insertBefore(panel, $("#panel-inbox"));
    drawPhone(slot);
  });
}

/** Whoever reads the newest message goes on seeing it when the list changes its size (keyboard, tabs). */
function keepLow(list) {
  let low = true;
  list.addEventListener("scroll", () => {
    low = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_BOTTOM_PX;
  });
  new ResizeObserver(() => {
    if (low) list.scrollTop = list.scrollHeight;
  }).observe(list);
}

function fit(box) {
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight, 112)}px`;
  box.form.classList.toggle("ready", box.value.trim() !== "");
}

function drawPhone(slot) {
  const panel = $(`#panel-${slot}`);
  const phone = page.phones.get(page.slots[slot]);
  panel.dataset.channel = phone.channel;
  panel.setAttribute("aria-label", say("phone_of", { name: phone.name }));
  $(".role", panel).textContent = `${phone.role_name} · ${phone.place}`;
  $(".channel", panel).textContent = phone.channel_name;
  const box = $("textarea", panel);
  box.placeholder = say(phone.channel === "sms" ? "write_sms" : "write");
  box.setAttribute("aria-label", box.placeholder);
  $(".composer button", panel).setAttribute("aria-label", say("send"));
  drawChooser(slot);

  const list = $(".messages", panel);
  list.setAttribute("aria-label", say("messages"));
  list.lang = phone.lang === "en" ? "en" : "zh-CN";
  const hints = $(".hints ul", panel);
  hints.lang = list.lang;
  hints.replaceChildren(
    ...phone.hints.map((hint) => {
      const button = element("button", { type: "button" }, hint);
      button.addEventListener("click", () => {
        box.value = hint;
        fit(box);
        box.focus();
      });
      return element("li", {}, button);
    }),
  );

  panel.classList.toggle("untouched", phone.bubbles.length === 0);
  list.replaceChildren();
  if (phone.bubbles.length === 0) {
    list.append(element("li", { className: "quiet" }, say(phone.channel === "sms" ? "quiet_sms" : "quiet_chat")));
  }
  for (const bubble of phone.bubbles) appendBubble(list, phone, bubble);
  list.scrollTop = list.scrollHeight;
}

function drawChooser(slot) {
  const chooser = $(`#panel-${slot} select`);
  chooser.setAttribute("aria-label", say("swap"));
  chooser.title = say("swap");
  const groups = new Map();
  for (const phone of page.phones.values()) {
    if (!groups.has(phone.role)) groups.set(phone.role, element("optgroup", { label: phone.role_name }));
    const waiting = page.unread.get(phone.id) ? " ●" : "";
    const option = element("option", { value: phone.id }, `${phone.name} · ${phone.channel_name}${waiting}`);
    groups.get(phone.role).append(option);
  }
  chooser.replaceChildren(...groups.values());
  chooser.value = page.slots[slot];
}

function appendBubble(list, phone, bubble) {
  $(".quiet", list)?.remove();
  list.closest(".phone").classList.remove("untouched");
  const at = new Date(bubble.at);
  const day = shortDay(at);
  if (list.lastElementChild?.dataset.day !== day) {
    list.append(element("li", { className: "date" }, element("span", {}, day)));
    list.lastElementChild.dataset.day = day;
  }
  const item = drawBubble(phone, bubble);
  item.dataset.day = day;
  list.append(item);
}

function drawBubble(phone, bubble) {
  const item = element("li", { className: bubble.mine ? "mine" : "theirs" });
  item.dataset.id = bubble.id;
  const words = element("div", { className: "bubble" });
  words.append(element("span", { className: "unseen" }, say(bubble.mine ? "from_me" : "from_bot")));
  const said = bubble.gone ? [say("gone")] : withLinks(bubble.text);
  words.append(element("p", { className: bubble.gone ? "gone" : "" }, ...said));
  if (bubble.document && !bubble.gone) words.append(drawDocument(bubble.document));
  const meta = element("small", {}, hourMinute(new Date(bubble.at)));
  if (bubble.parts) meta.append(element("span", { className: "parts" }, say("parts", { n: bubble.parts })));
  words.append(meta);
  item.append(words);
  const rows = bubble.buttons.map((row) => element("div", {}, ...row.map((one) => choice(item, phone, one))));
  if (bubble.ask_phone) {
    const share = element("button", { type: "button" }, bubble.ask_phone);
    share.addEventListener("click", () => tell(phone.id, { contact: true }, item));
    rows.push(element("div", {}, share));
  }
  if (rows.length) item.append(element("div", { className: "choices" }, ...rows));
  return item;
}

/** The words, with links to files on this very server to be opened. */
function withLinks(text) {
  const own = `${location.origin}/files/`;
  return text.split(/(https?:\/\/\S+)/).map((part) =>
    part.startsWith(own) ? element("a", { href: part, target: "_blank", rel: "noreferrer" }, part) : part,
  );
}

/** A file that came with a message; after a restart only its name is left. */
function drawDocument({ name, url }) {
  if (!url) return element("span", { className: "document over" }, name);
  const link = element("a", { className: "document", href: url, download: name });
  if (name.endsWith(".png")) link.append(element("img", { src: url, alt: name }));
  link.append(element("span", {}, name));
  return link;
}

function choice(item, phone, { label, data }) {
  const button = element("button", { type: "button" }, label);
  button.addEventListener("click", () => {
    for (const other of item.querySelectorAll(".chosen")) other.classList.remove("chosen");
    button.classList.add("chosen");
    tell(phone.id, { button: data }, item);
  });
  return button;
}

function onBubble({ phone: id, bubble }) {
  refreshCourse();
  const phone = page.phones.get(id);
  const known = phone.bubbles.findIndex((one) => one.id === bubble.id);
  if (known >= 0) phone.bubbles[known] = bubble;
  else phone.bubbles.push(bubble);
  let visible = false;
  page.slots.forEach((shown, slot) => {
    if (shown !== id) return;
    const list = $(`#panel-${slot} .messages`);
    const low = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_BOTTOM_PX;
    const old = [...list.children].find((item) => item.dataset.id === bubble.id);
    if (old) {
      const fresh = drawBubble(phone, bubble);
      fresh.dataset.day = old.dataset.day;
      old.replaceWith(fresh);
    } else {
      appendBubble(list, phone, bubble);
      list.lastElementChild.classList.add("new");
    }
    if (low || bubble.mine) list.scrollTop = list.scrollHeight;
    visible ||= !oneAtATime() || page.panel === slot;
  });
  if (!visible && !bubble.mine) {
    page.unread.set(id, (page.unread.get(id) ?? 0) + 1);
    page.slots.forEach((_, slot) => drawChooser(slot));
    drawTabs();
  }
}

/** Do `what` on that phone; false, and a word about it, when it did not get through. */
async function tell(phone, what, where) {
  const failed = $(".failed", where.closest(".phone"));
  const sent = await post("/demo/say", { phone, ...what }).then(() => true, () => false);
  failed.hidden = sent;
  return sent;
}

// ---- the county's inbox --------------------------------------------------------------------------------

function drawInbox() {
  $("#reports").replaceChildren();
  $("#inbox-empty").hidden = page.view !== "inbox" || page.reports.size > 0;
  for (const report of page.reports.values()) drawReport(report);
}

function drawReport(report) {
  const item = $("#report-template").content.firstElementChild.cloneNode(true);
  localise(item);
  item.dataset.event = report.event;
  item.dataset.report = report.report_id;
  item.dataset.version = report.version;
  item.classList.toggle("solemn", report.solemn);
  item.classList.toggle("withdrawn", report.withdrawn);
  const at = new Date(report.received);
  $(".received", item).textContent = say("received", { at: `${shortDay(at)} ${hourMinute(at)}` });
  $("h3", item).textContent = report.event_name;
  $(".where", item).textContent = [report.place, report.author].filter(Boolean).join(" · ");
  for (const { label, value } of report.fields) {
    $("dl", item).append(element("div", {}, element("dt", {}, label), element("dd", {}, value)));
  }
  const chips = [element("span", {}, say("version", { n: report.version }))];
  if (report.schema_ok !== null) {
    const fits = report.schema_ok;
    chips.push(element("span", { className: fits ? "good" : "bad" }, say(fits ? "schema_ok" : "schema_bad")));
  }
  if (report.withdrawn) chips.push(element("span", { className: "bad" }, say("withdrawn")));
  $(".chips", item).append(...chips);
  $("pre", item).textContent = report.raw;

  for (const other of $("#reports").children) {
    const older = other.dataset.report === report.report_id && Number(other.dataset.version) < report.version;
    if (older && !other.classList.contains("replaced")) {
      other.classList.add("replaced");
      $(".chips", other).append(element("span", {}, say("replaced")));
    }
  }
  $("#reports").prepend(item);
  $("#inbox-empty").hidden = true;
  $("#reports").hidden = page.view !== "inbox";
  $("#inbox-count").hidden = false;
  $("#inbox-count").textContent = page.reports.size;
  return item;
}

function onArrival(report) {
  if (page.reports.has(report.id)) return;
  page.reports.set(report.id, report);
  drawReport(report).classList.add("new");
  refreshCourse();
  announce(say("arrived", { event: report.event_name }));
  if (oneAtATime() && page.panel !== page.slots.length) {
    page.unread.set("inbox", (page.unread.get("inbox") ?? 0) + 1);
    drawTabs();
  }
}

// ---- the course of one woman ---------------------------------------------------------------------------

let asked = 0;
let waiting = 0;

/** Soon: what just happened is one step of her course, and often several things happen at once. */
function refreshCourse() {
  if (page.view !== "timeline") return;
  clearTimeout(waiting);
  waiting = setTimeout(() => drawCourse().catch(() => {}), 120);
}

async function drawCourse() {
  const mine = ++asked;
  const women = await read("/demo/women");
  if (!women.some((woman) => woman.id === page.woman)) page.woman = women[0]?.id ?? "";
  const steps = page.woman ? await read(`/demo/women/${page.woman}`) : [];
  if (mine !== asked || page.view !== "timeline") return;
  const chooser = $("#whose");
  chooser.replaceChildren(
    ...women.map(({ id, name, place }) => element("option", { value: id }, [name, place].filter(Boolean).join(" · "))),
  );
  chooser.value = page.woman;
  $("#where").textContent = women.find((woman) => woman.id === page.woman)?.state ?? "";
  $("#course-empty").hidden = women.length > 0;
  $("#course .whose").hidden = women.length === 0;
  const list = $("#steps");
  const same = list.dataset.woman === page.woman;
  const low = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_BOTTOM_PX;
  const top = list.scrollTop;
  list.dataset.woman = page.woman;
  list.replaceChildren();
  for (const step of steps) appendStep(list, step);
  list.scrollTop = same && !low ? top : list.scrollHeight;
}

function appendStep(list, { at, kind, title, by, words, notes }) {
  const moment = new Date(at);
  const day = format(moment, { year: "numeric", month: page.lang === "en" ? "short" : "long", day: "numeric" });
  if (list.lastElementChild?.dataset.day !== day) {
    list.append(element("li", { className: "day-of" }, day));
    list.lastElementChild.dataset.day = day;
  }
  const item = $("#step-template").content.firstElementChild.cloneNode(true);
  item.dataset.kind = kind;
  item.dataset.day = day;
  $("time", item).textContent = hourMinute(moment);
  $("time", item).dateTime = at;
  $(".what", item).textContent = title;
  $(".by", item).textContent = by;
  $(".by", item).hidden = !by;
  $(".words", item).append(...words.map((line) => element("span", {}, line)));
  $(".words", item).hidden = words.length === 0;
  $(".chips", item).append(...notes.map((note) => element("span", { className: kind === "skip" ? "bad" : "" }, note)));
  $(".chips", item).hidden = notes.length === 0;
  list.append(item);
}

function showView(view) {
  page.view = view;
  for (const button of document.querySelectorAll("[data-view]")) {
    button.setAttribute("aria-pressed", button.dataset.view === view);
  }
  $("#view-hint").textContent = say(view === "inbox" ? "inbox_hint" : "timeline_hint");
  $("#inbox-empty").hidden = view !== "inbox" || page.reports.size > 0;
  $("#reports").hidden = view !== "inbox";
  $("#course").hidden = view !== "timeline";
  refreshCourse();
}

for (const button of document.querySelectorAll("[data-view]")) {
  button.addEventListener("click", () => showView(button.dataset.view));
}

$("#whose").addEventListener("change", (change) => {
  page.woman = change.target.value;
  refreshCourse();
});

// ---- narrow screens: one panel at a time ---------------------------------------------------------------

const oneAtATime = () => getComputedStyle($("#tabs")).display !== "none";
const panels = () => [...$("#desk").children];

function drawTabs() {
  const labels = page.slots.map((id) => page.phones.get(id).name);
  labels.push(say("inbox_short"));
  const tabs = labels.map((label, index) => {
    const chosen = index === page.panel;
    const tab = element("button", { type: "button", role: "tab", tabIndex: chosen ? 0 : -1 });
    tab.setAttribute("aria-selected", chosen);
    tab.setAttribute("aria-controls", panels()[index].id);
    const id = index < page.slots.length ? page.slots[index] : "inbox";
    const kind = id === "inbox" ? say("inbox") : page.phones.get(id).role_name;
    tab.append(element("b", {}, label));
    if (id !== "inbox") tab.append(element("small", {}, kind));
    const waiting = page.unread.get(id);
    if (waiting) tab.append(element("i", {}, String(waiting)));
    tab.addEventListener("click", () => showPanel(index));
    return tab;
  });
  $("#tabs").setAttribute("aria-label", say("phones"));
  $("#tabs").replaceChildren(...tabs);
}

function showPanel(index) {
  const smooth = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  panels()[index].scrollIntoView({ behavior: smooth ? "smooth" : "auto", inline: "start", block: "nearest" });
  settle(index);
}

/** The panel in view is the chosen one, and what waits in it has been read. */
function settle(index) {
  page.panel = index;
  page.unread.delete(index < page.slots.length ? page.slots[index] : "inbox");
  drawTabs();
}

$("#tabs").addEventListener("keydown", (key) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[key.key];
  if (!step) return;
  const count = panels().length;
  showPanel((page.panel + step + count) % count);
  $("[aria-selected=true]", $("#tabs")).focus();
});

$("#desk").addEventListener("scrollend", () => {
  if (!oneAtATime()) return;
  const left = $("#desk").scrollLeft;
  const offsets = panels().map((panel) => Math.abs(panel.offsetLeft - panels()[0].offsetLeft - left));
  const index = offsets.indexOf(Math.min(...offsets));
  if (index !== page.panel) settle(index);
});

// ---- the whole -----------------------------------------------------------------------------------------

function onState(state) {
  const swapped = page.lang !== state.lang || page.slots.length === 0;
  page.lang = state.lang;
  page.strings = state.strings;
  page.phones = new Map(state.phones.map((phone) => [phone.id, phone]));
  page.reports = new Map(state.inbox.map((report) => [report.id, report]));
  if (swapped || page.slots.some((id) => !page.phones.has(id))) {
    page.slots = FIRST_PHONES[page.lang].filter((id) => page.phones.has(id));
  }
  document.documentElement.lang = page.lang === "en" ? "en" : "zh-CN";
  document.title = say("title");
  $("#language").textContent = page.lang === "en" ? "中文" : "English";
  $("#offline").hidden = true;
  localise(document);
  setClock(state.clock);
  drawPhones();
  drawInbox();
  showView(page.view);
  drawTabs();
  $("#desk").scrollLeft = panels()[page.panel].offsetLeft - panels()[0].offsetLeft;
  document.body.dataset.ready = "yes";
}

function connect(lang) {
  events?.close();
  events = new EventSource(`/demo/events?lang=${lang}`);
  const on = (name, handle) => events.addEventListener(name, (event) => handle(JSON.parse(event.data)));
  on("state", onState);
  on("bubble", onBubble);
  on("arrival", onArrival);
  on("clock", setClock);
  events.addEventListener("error", () => {
    $("#offline").hidden = !page.strings.offline;
  });
}

let noted = 0;

/** A word about the clock that goes away by itself. */
function note(text) {
  const place = $("#leap-note");
  clearTimeout(noted);
  place.textContent = text;
  place.hidden = !text;
  announce(text);
  noted = setTimeout(() => (place.hidden = true), 4000);
}

for (const button of document.querySelectorAll(".leaps button")) {
  button.addEventListener("click", async () => {
    const { hours, days, to } = button.dataset;
    const leap = to ? { to } : hours ? { hours: Number(hours) } : { days: Number(days) };
    const { moments } = await post("/demo/clock", leap).catch(() => ({}));
    if (moments === undefined) note(say("failed"));
    else if (to && moments === 0) note(say("nothing_due"));
    else announce(say("clock_moved", { now: `${shortDay(now())} ${hourMinute(now())}` }));
    button.focus();
  });
}

$("#language").addEventListener("click", () => {
  const lang = page.lang === "en" ? "zh" : "en";
  history.replaceState(null, "", lang === "en" ? "?lang=en" : location.pathname);
  page.slots = [];
  connect(lang);
});

setInterval(drawClock, 1000);
connect(page.lang);
