// Saves a chart as an image. Plotly draws it again for the file; its own button, which the design hides, is what knows how.
(() => {
  if (window.daybookImages) return;
  window.daybookImages = true;
  document.addEventListener("click", (event) => {
    const asked = event.target.closest("[data-daybook-image]");
    if (!asked) return;
    const chart = document.querySelector(`.st-key-panel-${asked.dataset.panel} .js-plotly-plot`);
    const save = chart?.querySelector(".modebar-btn[data-attr='toImage'], .modebar-btn[data-title^='Download']");
    if (!save) return;
    Object.assign(chart._context.toImageButtonOptions, {
      format: asked.dataset.daybookImage,
      filename: asked.dataset.file,
      scale: asked.dataset.daybookImage === "png" ? 2 : 1,
    });
    save.click();
  });
})();
