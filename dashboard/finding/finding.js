// The search and the help: opened by `/` and `?` or by their buttons, and used by the keyboard alone.
(() => {
  if (window.daybookFinding) return;
  window.daybookFinding = true;
  const WAIT_MS = 120; // after a key, before the server is asked
  const SLOW_MS = 400; // after which it says that it is at work

  const element = (tag, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  };

  // A dialog of the browser's own: it keeps the focus, closes at Esc, and gives the focus back.
  const dialog = (label, head, body) => {
    const close = element("button", { type: "button", textContent: "Close" });
    const bar = element("div", { className: "head" }, head, close);
    const made = element("dialog", { className: "finding-dialog", ariaLabel: label }, bar, body);
    close.addEventListener("click", () => made.close());
    made.addEventListener("click", (event) => event.target === made && made.close()); // beside it
    document.body.append(made);
    return made;
  };

  const input = element("input", {
    type: "text", autocomplete: "off", spellcheck: false, ariaLabel: "Search",
    placeholder: "Pages, views, metrics, products, stores …",
  });
  const results = element("div", { className: "body" });
  const told = element("p", { className: "says", role: "status" });
  const list = element("div");
  results.append(told, list);
  const searching = dialog("Search", input, results);

  const hit = (found, first) => {
    const link = element("a", { className: first ? "hit first" : "hit", href: found.address });
    link.append(element("strong", { textContent: found.name }), element("span", { textContent: found.about }));
    return element("li", {}, link);
  };

  const group = (found, first) => {
    const title = element("h3", {}, `${found.label}`);
    if (found.more)
      title.append(element("a", { href: found.more, textContent: `all ${found.count.toLocaleString("en")}` }));
    const hits = found.hits.map((one, at) => hit(one, first && at === 0));
    return element("section", { ariaLabel: found.label }, title, element("ul", {}, ...hits));
  };

  const say = (text, answer) => {
    if (!text) return (told.textContent = "Type what you look for. Enter opens the first.");
    if (!answer.count) return (told.textContent = `Nothing goes by “${text}”. Try fewer words, or the number.`);
    const mended = answer.mended ? `Nothing goes by “${text}”: this is what “${answer.mended}” finds. ` : "";
    told.textContent = `${mended}${answer.count.toLocaleString("en")} found.`;
  };

  let waiting;
  let asking = 0; // which question is the newest: an answer to an older one is not shown
  const ask = async () => {
    const mine = ++asking;
    const text = input.value.trim();
    const slow = setTimeout(() => (told.textContent = "Searching …"), SLOW_MS);
    try {
      const answer = await fetch(`/found?q=${encodeURIComponent(text)}`);
      const found = await answer.json();
      if (mine !== asking) return;
      if (!answer.ok) throw new Error(found.problem);
      list.replaceChildren(...found.groups.map((one, at) => group(one, Boolean(text) && at === 0)));
      list.dataset.of = text;
      say(text, found);
    } catch (error) {
      if (mine !== asking) return;
      list.replaceChildren();
      told.textContent = error instanceof Error && !(error instanceof TypeError || error instanceof SyntaxError)
        ? error.message : "Daybook does not answer. Try again in a moment.";
    } finally {
      clearTimeout(slow);
      if (mine === asking) list.inert = false;
    }
  };

  // Enter before the answer is there waits for it: it opens what was typed, not what was typed before.
  const openFirst = async () => {
    clearTimeout(waiting);
    if (list.dataset.of !== input.value.trim()) await ask();
    list.querySelector("a.hit")?.click();
  };

  input.addEventListener("input", () => {
    list.inert = true; // what is shown was found by other words: it is seen, and cannot be opened
    clearTimeout(waiting);
    waiting = setTimeout(ask, WAIT_MS);
  });

  const move = (by) => {
    const stops = [input, ...(list.inert ? [] : list.querySelectorAll("a.hit"))];
    const at = stops.indexOf(document.activeElement);
    stops[Math.max(0, Math.min(stops.length - 1, at + by))].focus();
  };

  searching.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      move(step);
    } else if (event.key === "Enter" && event.target === input) {
      event.preventDefault();
      if (input.value.trim()) openFirst();
    } else if (event.target !== input && event.key.length === 1 && !event.ctrlKey && !event.metaKey && event.key !== " ") {
      input.focus(); // who goes on typing on a result goes on with the search
    }
  });

  const openSearch = () => {
    if (document.querySelector("dialog[open]")) return;
    searching.showModal();
    input.focus();
    input.select();
    ask();
  };

  let helping;
  const openHelp = () => {
    const asked = document.querySelector("[data-daybook-help]");
    if (!asked || document.querySelector("dialog[open]")) return;
    const page = JSON.parse(asked.dataset.daybookHelp);
    const keys = page.keys.flatMap(([key, does]) => [
      element("dt", {}, element("kbd", { textContent: key })), element("dd", { textContent: does }),
    ]);
    const links = page.words.flatMap(([word, address], at) => [
      at ? ", " : "", element("a", { href: address, textContent: word }),
    ]);
    const body = element("div", { className: "body help", tabIndex: 0, role: "region", ariaLabel: "Explanation" },
      element("p", { textContent: page.answers }),
      element("h3", { textContent: "What you can do" }),
      element("ul", {}, ...page.do.map((text) => element("li", { textContent: text }))),
      element("h3", { textContent: "Keys" }), element("dl", {}, ...keys),
      element("h3", { textContent: "Words" }),
      element("p", {}, ...links, links.length ? " · " : "", element("a", { href: page.glossary, textContent: "the whole glossary" })));
    helping?.remove();
    helping = dialog(`Help: ${page.title}`, element("h2", { textContent: page.title }), body);
    helping.showModal();
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-daybook-search]")) openSearch();
    if (event.target.closest("[data-daybook-help]")) openHelp();
  });

  // Streamlit's navigation puts sections into a list that may hold nothing but its points, which screen readers stumble
  // over: it is heard as what it is, a landmark with links.
  const LISTS = ["[data-testid=stSidebarNavItems]", "[data-testid=stSidebarNavItems] li"].join();
  const mendNavigation = () =>
    document.querySelectorAll(LISTS).forEach((part) => part.role === "none" || part.setAttribute("role", "none"));
  const sidebar = document.querySelector("[data-testid=stSidebar]");
  if (sidebar) new MutationObserver(mendNavigation).observe(sidebar, { childList: true, subtree: true });
  mendNavigation();

  // Where a key types a character, it is no command: in fields, and in grids, whose cells it would begin to change.
  // The field of a dialog that has just closed keeps the focus until the next frame is drawn: nobody types there.
  const isClosed = (target) => target instanceof Element && target.closest("dialog:not([open])");
  const types = (event) => !isClosed(event.target) && event.composedPath().some((part) =>
    part instanceof HTMLElement && (
    part.isContentEditable || part.matches("textarea, select, [data-testid=stDataFrame]")
    || part.matches("input:not([type=checkbox], [type=radio], [type=button], [type=range])")));

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey) return;
    const command = event.ctrlKey || event.metaKey;
    if (command && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openSearch();
    } else if (!command && (event.key === "/" || event.key === "?") && !types(event)) {
      event.preventDefault();
      if (event.key === "/") openSearch();
      else openHelp();
    }
  });
})();
