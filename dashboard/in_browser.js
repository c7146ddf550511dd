// What only the browser can do: save a chart as an image, copy the address of the page, pin a figure and copy
// its link, fill the screen.
(() => {
  if (window.daybookInBrowser) return;
  window.daybookInBrowser = true;

  // Plotly draws the chart again for the file; its own button, which the design hides, is what knows how.
  const saveImage = (asked) => {
    const chart = document.querySelector(`.st-key-panel-${asked.dataset.panel} .js-plotly-plot`);
    const save = chart?.querySelector(".modebar-btn[data-title^='Download']");
    if (!save) return;
    Object.assign(chart._context.toImageButtonOptions, {
      format: asked.dataset.daybookImage,
      filename: asked.dataset.file,
      scale: asked.dataset.daybookImage === "png" ? 2 : 1,
    });
    save.click();
  };

  const say = (button, text) => {
    const words = button.dataset.words ??= button.textContent;
    const label = button.getAttribute("aria-label");
    button.textContent = text;
    if (label) button.removeAttribute("aria-label"); // so that what it says now is read out
    setTimeout(() => {
      button.textContent = words;
      if (label) button.setAttribute("aria-label", label);
    }, 2500);
  };

  const copy = async (button, address, what) => {
    try {
      await navigator.clipboard.writeText(address);
      say(button, "Copied");
    } catch {
      window.prompt(what, address);
    }
  };

  // The server answers with the pin's address; a second click while it works does nothing.
  const pin = async (button) => {
    if (button.ariaBusy === "true") return;
    button.ariaBusy = "true";
    try {
      const answer = await fetch("/pins", { method: "POST", body: button.dataset.daybookPin });
      const told = await answer.json();
      if (!answer.ok) throw new Error(told.problem);
      await copy(button, new URL(told.address, window.location.href).href, "The pinned link");
    } catch (error) {
      say(button, "Not pinned");
      window.alert(error instanceof TypeError ? "Daybook does not answer. Try again in a moment." : error.message);
    } finally {
      button.ariaBusy = "false";
    }
  };

  // The page hides what is around a dashboard; the browser hides itself, where it may. Esc leads out of both.
  const fillScreen = () => document.documentElement.requestFullscreen?.().catch(() => {});
  const leave = () => {
    const button = document.querySelector(".st-key-dashboards-leave button:not([data-left])");
    if (!button) return;
    button.dataset.left = ""; // leaving the browser's full screen asks for the same once more
    button.click();
  };

  // A widget that moves with its panel is drawn anew elsewhere: the focus goes with it, unless it was taken away.
  let focused = null;
  document.addEventListener("pointerdown", () => (focused = null));
  document.addEventListener("focusin", (event) => {
    const piece = event.target.closest("[class*='st-key-piece-']");
    if (piece) focused = piece.className.match(/st-key-piece-[\w-]+/)[0];
    else if (event.target.closest("[data-testid=stMain], [data-testid=stSidebar]")) focused = null; // no open list
  });
  new MutationObserver(() => {
    if (focused && document.activeElement === document.body) {
      document.querySelector(`.${focused} :is(input, button)`)?.focus();
    }
  }).observe(document.body, { childList: true, subtree: true });

  document.addEventListener("click", (event) => {
    const image = event.target.closest("[data-daybook-image]");
    if (image) saveImage(image);
    const link = event.target.closest("[data-daybook-copy]");
    if (link) copy(link, window.location.href, "The link of this view");
    const pinned = event.target.closest("[data-daybook-pin]");
    if (pinned) pin(pinned);
    if (event.target.closest(".st-key-dashboards-full button")) fillScreen();
    if (event.target.closest(".st-key-dashboards-leave button") && document.fullscreenElement) {
      document.exitFullscreen();
    }
  });

  document.addEventListener("fullscreenchange", () => {
    if (!document.fullscreenElement) leave();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector("dialog[open]")) leave();
  });
})();
