// What only the browser can do: save a chart as an image, and copy the address of the page.
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

  const copyAddress = async (asked) => {
    const words = asked.textContent;
    try {
      await navigator.clipboard.writeText(window.location.href);
      asked.textContent = "Copied";
    } catch {
      window.prompt("The link of this view", window.location.href);
    }
    setTimeout(() => { asked.textContent = words; }, 2000);
  };

  document.addEventListener("click", (event) => {
    const image = event.target.closest("[data-daybook-image]");
    if (image) saveImage(image);
    const copy = event.target.closest("[data-daybook-copy]");
    if (copy) copyAddress(copy);
  });
})();
