// What a report can do beyond being read: filter, sort, hover, compare. Without this script
// everything is shown, unsorted.
"use strict";
document.documentElement.classList.add("js");

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const make = (name, text, className) => {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  return element;
};
const makeSvg = (name, attributes) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
};
const fixed = (value, decimals) => value.toFixed(decimals).replace(/^-/, "−");
const percent = (share) => (share === null ? "–" : fixed(share * 100, 1) + "%");
const formats = {
  percent,
  ev: (value) => (value > 0.001 ? "+" : "") + fixed(value, 2).replace(/\.?0+$/, "") + " EV",
  count: (value) => Math.round(value).toLocaleString("en-GB"),
};

// Filters: <div class="controls" data-filter="id"> with selects, over [data-f="0 2 …"] below #id.
function startFilter(bar) {
  const target = document.getElementById(bar.dataset.filter);
  const items = all("[data-f]", target).map((element) => [element, element.dataset.f.split(" ")]);
  const selects = all("select", bar);
  const count = bar.querySelector(".count");
  const apply = () => {
    let shown = 0;
    let last = null;
    for (const [element, key] of items) {
      element.hidden = selects.some((select) => select.value !== "" && key[select.dataset.place] !== select.value);
      if (!element.hidden) {
        shown += 1;
        last = element;
      }
      element.classList.remove("alone");
    }
    if (shown === 1) last.classList.add("alone");
    for (const select of selects) target.classList.toggle("fixed-" + select.dataset.place, select.value !== "");
    count.textContent = shown + " of " + items.length + " " + bar.dataset.noun;
  };
  for (const select of selects) select.addEventListener("change", apply);
  apply();
  bar.classList.add("ready");
}

// Sorting by a click on a column's header.
function startSorting(table) {
  const headers = all("thead th", table);
  headers.forEach((header, column) => {
    if (header.classList.contains("plot")) return;
    const button = make("button");
    button.type = "button";
    button.textContent = header.firstChild.textContent.trim();
    header.firstChild.remove();
    header.prepend(button);
    button.addEventListener("click", () => {
      const numeric = header.classList.contains("number");
      const falling = header.getAttribute("aria-sort") ? header.getAttribute("aria-sort") === "ascending" : numeric;
      for (const other of headers) other.removeAttribute("aria-sort");
      header.setAttribute("aria-sort", falling ? "descending" : "ascending");
      const valueOf = (row) => {
        const cell = row.cells[column];
        if (cell.dataset.v === undefined) return cell.textContent;
        return cell.dataset.v === "" ? null : Number(cell.dataset.v);
      };
      const compare = (a, b) => (typeof a === "number" ? a - b : a.localeCompare(b, "en", { numeric: true }));
      const body = table.tBodies[0];
      const rows = [...body.rows].map((row) => [valueOf(row), row]);
      // Missing values last, whichever way.
      rows.sort(([a], [b]) => (a === null || b === null ? (a === null) - (b === null) : (falling ? -1 : 1) * compare(a, b)));
      body.append(...rows.map(([, row]) => row));
      table.classList.add("sorted");
    });
  });
}

// The legend's entries become switches for their series in all charts of the section.
function startLegend(list) {
  const target = document.getElementById(list.dataset.legend);
  const buttons = [];
  const show = (button, shown) => {
    button.setAttribute("aria-pressed", shown);
    for (const series of all('[data-series="' + button.dataset.series + '"]', target)) {
      series.classList.toggle("off", !shown);
      shown ? series.removeAttribute("display") : series.setAttribute("display", "none");
    }
  };
  for (const entry of all("li", list)) {
    const button = make("button");
    button.type = "button";
    button.dataset.series = entry.dataset.series;
    button.append(...entry.childNodes);
    entry.append(button);
    buttons.push(button);
    button.addEventListener("click", () => show(button, button.getAttribute("aria-pressed") !== "true"));
    show(button, entry.dataset.shown === "1");
  }
  if (buttons.length > 2) {
    const entry = make("li");
    for (const [text, shown] of [["show all", true], ["show none", false]]) {
      const button = make("button", text, "all");
      button.type = "button";
      button.addEventListener("click", () => buttons.forEach((other) => show(other, shown)));
      entry.append(button);
    }
    list.append(entry);
  }
}

// The nearest point of a line and its values, on hover or touch.
function startChart(svg) {
  // A title inside the picture would pop up over the values: say it to screen readers only.
  svg.setAttribute("aria-label", all("title, desc", svg).map((element) => element.textContent).join(". "));
  svg.removeAttribute("aria-labelledby");
  svg.querySelector("title").remove();

  const [left, top, width, height] = svg.dataset.plot.split(" ").map(Number);
  const [x0, x1, y0, y1] = svg.dataset.domain.split(" ").map(Number);
  const [formatX, formatY] = svg.dataset.formats.split(" ").map((name) => formats[name]);
  const [labelX, labelY, labelNote] = svg.dataset.labels.split("|");
  const cursor = svg.querySelector(".cursor");
  const figure = svg.closest("figure");
  let lines = null;
  let tip = null;
  const read = () =>
    all(".series", svg).map((series) => ({
      series,
      notes: series.dataset.notes.split("|"),
      points: series.querySelector(".line").getAttribute("d").slice(1).split("L").map((pair) => pair.split(" ").map(Number)),
    }));
  const leave = () => {
    svg.classList.remove("pointing");
    cursor.setAttribute("visibility", "hidden");
    if (tip) tip.hidden = true;
  };
  const point = (event) => {
    lines = lines || read();
    const box = svg.getBoundingClientRect();
    const scale = box.width / svg.viewBox.baseVal.width;
    const x = (event.clientX - box.left) / scale;
    const y = (event.clientY - box.top) / scale;
    let best = { distance: 30 * 30 };
    for (const line of lines) {
      if (line.series.classList.contains("off")) continue;
      line.points.forEach(([px, py], i) => {
        const distance = (px - x) ** 2 + (py - y) ** 2;
        if (distance < best.distance) best = { distance, line, i, px, py };
      });
    }
    if (!best.line) return leave();
    if (!tip) {
      tip = make("div", undefined, "tip");
      tip.setAttribute("aria-hidden", "true");
      figure.append(tip);
    }
    for (const line of lines) line.series.classList.toggle("near", line === best.line);
    svg.classList.add("pointing");
    cursor.setAttribute("cx", best.px);
    cursor.setAttribute("cy", best.py);
    cursor.setAttribute("visibility", "visible");
    const notes = best.line.notes[best.i];
    const note = labelNote ? ", " + labelNote + " " + notes : "";
    tip.replaceChildren(
      make("b", best.line.series.dataset.name),
      "notesOnly" in svg.dataset ? notes : labelY + " " + formatY(y0 + ((top + height - best.py) / height) * (y1 - y0)) + ", " +
        labelX.replace(/, EV$/, "") + " " + formatX(x0 + ((best.px - left) / width) * (x1 - x0)) + note);
    tip.hidden = false;
    const inFigure = figure.getBoundingClientRect();
    const at = box.left - inFigure.left + best.px * scale;
    const room = inFigure.width - tip.offsetWidth - 8;
    tip.style.left = Math.max(8, Math.min(room, at - tip.offsetWidth / 2)) + "px";
    const above = box.top - inFigure.top + best.py * scale - tip.offsetHeight - 12;
    tip.style.top = (above > 0 ? above : above + tip.offsetHeight + 26) + "px";
  };
  svg.addEventListener("pointermove", point);
  svg.addEventListener("pointerdown", point);
  svg.addEventListener("pointerleave", leave);
}

// The divider between before and after: a range input, and dragging on the photo.
function startCompare(figure) {
  const stage = figure.querySelector(".stage");
  const range = figure.querySelector("input");
  const apply = () => {
    stage.style.setProperty("--cut", range.value + "%");
    range.setAttribute("aria-valuetext", range.value + "% before, " + (100 - range.value) + "% after");
  };
  const drag = (event) => {
    if (event.type === "pointermove" && event.pointerType !== "mouse" && !event.buttons) return;
    const box = stage.getBoundingClientRect();
    range.value = Math.round((100 * (event.clientX - box.left)) / box.width);
    apply();
  };
  stage.addEventListener("pointerdown", drag);
  stage.addEventListener("pointermove", (event) => event.buttons && drag(event));
  stage.addEventListener("dragstart", (event) => event.preventDefault());
  range.addEventListener("input", apply);
  apply();
}

// Tables of another choice, in the markup that grid.cpp writes for the first.
function intervalMark([value, low, high, before], zero) {
  const svg = makeSvg("svg", { class: "interval", "aria-hidden": "true" });
  const line = (name, x1, x2, y1, y2) => svg.append(makeSvg("line", { class: name, x1: x1 + "%", x2: x2 + "%", y1, y2 }));
  const dot = (name, at) => svg.append(makeSvg("circle", { class: name, cx: at + "%", cy: "50%", r: 4 }));
  if (value === null && low === null) return "";
  if (zero !== null) line("zero", zero, zero, "0", "100%");
  if (low !== null && high !== null) line("whisker", low, high, "50%", "50%");
  if (before !== null) dot("before", before);
  if (value !== null) dot("dot", value);
  return svg;
}

function spanAxis(ticks) {
  const svg = makeSvg("svg", { class: "interval", "aria-hidden": "true" });
  ticks.forEach((tick, i) => {
    const text = makeSvg("text", { x: 50 * i + "%", y: "75%", "text-anchor": ["start", "middle", "end"][i] });
    text.textContent = tick;
    svg.append(text);
  });
  return svg;
}

function gridTable(grid, head) {
  const withSmall = (element, content) => {
    const [text, small] = [].concat(content);
    element.append(text);
    if (small) element.append(" ", make("small", small));
    return element;
  };
  const headerOf = (column) => {
    const header = make("th", undefined, column.kind);
    header.scope = "col";
    if (column.kind === "plot") {
      header.append(spanAxis(column.ticks), make("span", column.header, "hidden"));
      return header;
    }
    header.append(column.header);
    if (column.definition) {
      const link = make("a", "?", "def");
      link.href = "#" + column.definition;
      link.setAttribute("aria-label", "Definition of " + column.header);
      header.append(" ", link);
    }
    return withSmall(header, ["", column.small]);
  };
  const cellOf = (content, i) => {
    const column = head.columns[i];
    const cell = make(i === 0 ? "th" : "td", undefined, i === 0 ? "" : column.kind);
    if (i === 0) cell.scope = "row";
    if (column.kind === "plot") {
      cell.append(intervalMark(content, column.zero));
      return cell;
    }
    if (i > 0 && column.kind !== "heat") cell.dataset.label = column.header;
    if (column.kind === "heat" && content[2] >= 0) cell.classList.add("h" + content[2]);
    return withSmall(cell, content);
  };
  const rowOf = (cells) => {
    const row = make("tr");
    row.append(...cells);
    return row;
  };
  const table = make("table", undefined, head.css);
  table.createCaption().textContent = grid.caption;
  table.createTHead().append(rowOf(head.columns.map(headerOf)));
  table.createTBody().append(...grid.rows.map((cells) => rowOf(cells.map(cellOf))));
  return table;
}

function startChoice(bar) {
  const id = bar.dataset.choice;
  const axes = all("[data-axis]", bar);
  let data = null;
  const blockOf = (grid) => {
    const block = make("div", undefined, "forest-block");
    const region = make("div", undefined, "scroll");
    region.setAttribute("role", "region");
    region.tabIndex = 0;
    region.setAttribute("aria-label", grid.label);
    region.append(gridTable(grid, data.heads[grid.head]));
    block.append(region, make("p", grid.words, "gap"), make("p", grid.note, "muted note"));
    return block;
  };
  const show = () => {
    data = data || JSON.parse(document.getElementById(id + "-data").textContent);
    const choice = data.choices[axes.map((axis) => axis.value).join(" ")];
    document.querySelector("#" + id + "-name b").textContent = choice ? choice.name : "(not part of this run)";
    document.getElementById(id).replaceChildren(...(choice ? choice.grids.map(blockOf) : []));
  };
  for (const axis of axes) axis.addEventListener("change", show);
}

document.addEventListener("DOMContentLoaded", () => {
  all("[data-filter]").forEach(startFilter);
  all("table.sortable").forEach(startSorting);
  all("[data-legend]").forEach(startLegend);
  all("svg.chart").forEach(startChart);
  all(".compare").forEach(startCompare);
  all("[data-choice]").forEach(startChoice);
});

addEventListener("beforeprint", () => {
  for (const details of all("details.print-open")) details.open = true;
});
