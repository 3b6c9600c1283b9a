// A button that prints the page. Without this file the browser's own menu does.
const button = document.createElement("button");
button.type = "button";
button.className = "btn btn-primary";
button.textContent = "Print";
button.addEventListener("click", () => window.print());
document.getElementById("print").prepend(button);
