// Sorting and hiding rows; everything can be read without it.
(() => {
  const table = document.querySelector(".as-rows");
  const controls = document.querySelector(".as-controls");
  if (!table || !controls) return;
  const key = (body, column) => body.rows[0].cells[column].dataset.sort ?? "";

  const compare = (one, other) => {
    if (one === "" || other === "") return (one === "") - (other === "");
    const difference = Number(one) - Number(other);
    return Number.isNaN(difference) ? one.localeCompare(other) : difference;
  };

  const sort = (head, column) => {
    const turned = head.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", turned ? "descending" : "ascending");
    const bodies = [...table.tBodies].map(body => [key(body, column), body]);
    bodies.sort(([one], [other]) => {
      const order = compare(one, other);
      return turned && one !== "" && other !== "" ? -order : order;
    });
    table.append(...bodies.map(([, body]) => body));
  };

  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(head, column));
    head.append(button);
  });

  for (const box of controls.querySelectorAll("input")) {
    box.addEventListener("change", () => {
      for (const body of table.tBodies) {
        if (body.dataset.state === box.value) body.hidden = !box.checked;
      }
    });
  }
  controls.hidden = false;
})();
