// Posts what a page hands over (a login ticket, or a wish to log out) as an ordinary form, so that the answer can set
// the session's cookie and navigate. The page puts the fields into the data attributes of one element.
(() => {
  const handoff = document.querySelector("[data-daybook-action]");
  if (!handoff || handoff.dataset.daybookSent) return;
  handoff.dataset.daybookSent = "yes";
  const form = document.createElement("form");
  form.method = "post";
  form.action = handoff.dataset.daybookAction;
  for (const name of ["ticket", "next"]) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = name;
    field.value = handoff.dataset[name] || "";
    form.append(field);
  }
  document.body.append(form);
  form.submit();
})();
