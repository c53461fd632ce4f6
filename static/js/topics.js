// «Темы и отделы»: a department typed in one row is offered in the others.
"use strict";
document.addEventListener("change", (event) => {
  const field = event.target, list = field.list, name = field.value?.trim();
  if (!list || !name || [...list.options].some((one) => one.value === name)) return;
  list.append(new Option("", name));
});
