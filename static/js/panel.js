// The panel's own script. Everything works without it; it adds a session that renews itself,
// the count-down of Refresh, the keyboard of the tabs, and where the focus goes.
(() => {
  const el = (id) => document.getElementById(id);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // --- The session: newest token from each answer; the record key opens a new one if it is over.

  let token = el("session").value;
  const reopening = {};
  for (const field of all("#key, #lead")) {
    reopening[field.id] = field.value;
    field.remove();
  }

  const keep = (newer) => {
    if (!newer) return;
    token = newer;
    for (const field of all("input[name=session]")) field.value = newer;
  };

  const renew = async (body) => {
    const answer = await fetch("/panel/session", {
      method: "POST",
      body: new URLSearchParams(body),
      credentials: "omit",
    });
    if (answer.ok) keep(answer.headers.get("Panel-Session"));
    return answer.ok;
  };
  const reopen = () => (reopening.key ? renew(reopening) : Promise.resolve(false));

  setInterval(() => renew({ session: token }).catch(() => {}), 600000);

  addEventListener("htmx:configRequest", ({ detail }) => {
    detail.headers["X-Panel-Session"] = token;
    detail.formData.delete("session");
  });

  addEventListener("htmx:beforeSwap", (event) => {
    const { detail } = event;
    const { xhr, requestConfig: asked } = detail;
    keep(xhr.getResponseHeader("Panel-Session"));
    notice("");
    if (xhr.status !== 403) return;
    const shut = () => notice(xhr.responseText, true);
    if (asked.headers["X-Panel-Again"]) return shut();
    const again = {
      source: asked.elt,
      target: detail.target,
      values: asked.formData,
      headers: { "X-Panel-Again": "1" },
    };
    reopen()
      .then((open) => (open ? htmx.ajax("POST", asked.path, again) : shut()))
      .catch(offline);
  });

  // --- What went wrong, said where it is seen and heard.

  const notice = (text, html = false) => {
    const place = el("notice");
    if (html) place.innerHTML = text;
    else place.textContent = text;
    if (text) place.scrollIntoView({ block: "nearest" });
  };
  // What a server between us and the panel writes is not for sales people, so these are our words.
  const say = (name) => notice(el(name).content.textContent.trim());
  const offline = () => say("offline");
  addEventListener("htmx:sendError", offline);
  addEventListener("htmx:timeout", offline);
  addEventListener("htmx:responseError", ({ detail }) => {
    const { status } = detail.xhr;
    if (status !== 403) say(status === 503 ? "away" : "broken");
  });

  // --- Refresh: closed while it works and while it cools down. It keeps the focus.

  const refreshing = (on) => {
    const button = el("refresh");
    if (!button) return;
    button.setAttribute("aria-disabled", String(on));
    el("refresh-words").textContent = on ? button.dataset.busy : button.dataset.ready;
  };

  let ticking = 0;
  const coolDown = () => {
    clearInterval(ticking);
    const button = el("refresh");
    if (!button) return;
    const ready = Date.now() + 1000 * Number(button.dataset.wait);
    const tick = () => {
      const left = Math.ceil((ready - Date.now()) / 1000);
      button.setAttribute("aria-disabled", String(left > 0));
      const { again, ready: word } = button.dataset;
      el("refresh-words").textContent = left > 0 ? again.replace("{seconds}", left) : word;
      if (left <= 0) clearInterval(ticking);
    };
    if (Number(button.dataset.wait) > 0) ticking = setInterval(tick, 1000);
    tick();
  };

  addEventListener(
    "submit",
    (event) => {
      const pressed = event.submitter;
      if (pressed?.getAttribute("aria-disabled") === "true") stop(event);
      else if (pressed?.id === "more" && el("activity-form")) {
        stop(event);
        unfold(el("activity").hidden);
      } else if (pressed?.name === "days") {
        for (const choice of all("#range input")) choice.checked = choice.value === pressed.value;
      } else if (pressed?.id === "older") shown = all("#stream .entry").length;
    },
    true,
  );
  const stop = (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };

  addEventListener("htmx:beforeRequest", ({ detail }) => {
    if (detail.elt.id === "refresh-form") {
      clearInterval(ticking);
      refreshing(true);
    }
  });
  addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.elt.id === "refresh-form" && !detail.successful) coolDown();
  });

  // --- More folds the activity in and out.

  const unfold = (open) => {
    el("activity").hidden = !open;
    el("more").setAttribute("aria-expanded", String(open));
  };

  // --- Tabs as the WAI-ARIA pattern says; without script they are buttons of the form.

  const tabs = () => all("#tabs button");

  const dress = () => {
    const list = el("tabs");
    if (!list || list.hasAttribute("role")) return;
    list.setAttribute("role", "tablist");
    for (const tab of tabs()) {
      const chosen = tab.getAttribute("aria-current") === "true";
      tab.removeAttribute("aria-current");
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-selected", String(chosen));
      tab.setAttribute("aria-controls", "entries");
      tab.tabIndex = chosen ? 0 : -1;
      if (chosen) el("entries").setAttribute("aria-labelledby", tab.id);
    }
    el("entries").setAttribute("role", "tabpanel");
    el("entries").tabIndex = 0;
  };

  addEventListener("keydown", (event) => {
    const here = tabs().indexOf(event.target);
    if (here < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const last = tabs().length - 1;
    const to = {
      ArrowRight: here === last ? 0 : here + 1,
      ArrowLeft: here === 0 ? last : here - 1,
      Home: 0,
      End: last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    tabs().forEach((tab, place) => (tab.tabIndex = place === to ? 0 : -1));
    tabs()[to].focus();
  });

  // --- The range is remembered where the browser lets us; the choice is no data about anybody.

  const remembered = (days) => {
    try {
      if (days) localStorage.setItem("panel-days", days);
      return localStorage.getItem("panel-days");
    } catch {
      return null;
    }
  };
  addEventListener("change", ({ target }) => {
    if (target.name === "days") remembered(target.value);
  });

  // --- After each change of the page.

  let shown = 0;
  const settle = () => {
    dress();
    if (el("more") && el("activity-form")) unfold(!el("activity").hidden);
    if (shown) all("#stream .entry")[shown]?.focus({ preventScroll: true });
    shown = 0;
  };
  addEventListener("htmx:afterSwap", ({ detail }) => {
    settle();
    if (detail.target.id !== "record" && detail.target.id !== "panel") return;
    coolDown();
    // The button that was pressed may be gone.
    if (document.activeElement === document.body) el("panel").focus({ preventScroll: true });
  });

  addEventListener("htmx:oobAfterSwap", ({ detail }) => {
    if (detail.target.id === "record") coolDown();
  });

  for (const field of all("input[name=script]")) field.value = "yes";
  for (const field of all("input[type=hidden][name=days]")) field.value = remembered() || field.value;
  document.documentElement.classList.add("scripted");
  settle();
  coolDown();
})();
