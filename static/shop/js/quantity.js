// Minus and plus beside the quantity on a product's page. Without this file one types it.
for (const field of document.querySelectorAll(".buy-row input[name=quantity]")) {
  const most = Number(field.form.dataset.most);
  const button = (sign, what, step) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "step";
    made.textContent = sign;
    made.setAttribute("aria-label", what);
    made.addEventListener("click", () => {
      const typed = Number.parseInt(field.value, 10) || 0;
      field.value = Math.max(1, Math.min(most, typed + step));
    });
    return made;
  };
  const steps = document.createElement("span");
  steps.className = "steps";
  field.replaceWith(steps);
  steps.append(button("−", "One less", -1), field, button("+", "One more", 1));
}
