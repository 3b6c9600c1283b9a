// A button beside each password that shows what is typed. Without this file the field just works.
for (const field of document.querySelectorAll("input[type=password]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "show-password";
  const verb = new Text();
  const what = document.createElement("span");
  what.className = "visually-hidden";
  what.textContent = " password";
  button.append(verb, what);
  const show = (shown) => {
    field.type = shown ? "text" : "password";
    verb.data = shown ? "Hide" : "Show";
  };
  button.addEventListener("click", () => show(field.type === "password"));
  // Hidden again before it is sent: browsers remember what was typed into a text field.
  field.form.addEventListener("submit", () => show(false));
  show(false);

  const box = document.createElement("div");
  box.className = "password-box";
  field.replaceWith(box);
  box.append(field, button);
}
