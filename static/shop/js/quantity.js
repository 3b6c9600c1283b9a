// Minus and plus beside the quantity on a product's page. Without this file one types it.
for (const field of document.querySelectorAll(".buy-row input[name=quantity]")) {
  const { product, most } = field.form.dataset;
  const button = (sign, word, step) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "step";
    made.textContent = sign;
    made.setAttribute("aria-label", `One ${product} ${word}`);
    made.addEventListener("click", () => {
      const typed = Number.parseInt(field.value, 10) || 0;
      field.value = Math.max(1, Math.min(most, typed + step));
    });
    return made;
  };
  const steps = document.createElement("span");
  steps.className = "steps";
  field.replaceWith(steps);
  steps.append(button("−", "less", -1), field, button("+", "more", 1));
}
