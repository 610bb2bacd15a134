// Makes pages quicker to use where scripts run; every page works without them.
"use strict";

const find = (selector, within = document) => within.querySelector(selector);
const each = (selector, act, within = document) => within.querySelectorAll(selector).forEach(act);

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

// A message that a form brought back is where the reader wants to be.
find("[data-focus]")?.focus();

// One press, one request.
each("form", (form) => {
  form.addEventListener("submit", () => {
    if (form.dataset.busy) {
      const button = find("button", form);
      button.textContent = form.dataset.busy;
      button.setAttribute("aria-disabled", "true");
    }
  });
});

// Whoever's agent pays while they read is thanked. What it says is looked up by the site; a
// contributor's own wallet is none of the site's business.
const thanks = find("[data-thanks]");
if (thanks) {
  const tell = async (path, body) => {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(body),
    });
    thanks.hidden = !(answer.ok && (await answer.json()).thanks) && thanks.hidden;
  };
  window.addEventListener("monetization", (event) => {
    if (event.target.dataset?.site === undefined) {
      thanks.hidden = false;
    } else {
      tell("/monetization/payments", { incomingPayment: event.incomingPayment });
    }
  });
  // Agents of the older kind.
  document.monetization?.addEventListener("monetizationprogress", (event) => {
    if (event.detail.receipt) {
      tell("/monetization/receipts", { receipt: event.detail.receipt });
    }
  });
}

// Photos can be dropped on the field that takes them.
each("[data-drop]", (zone) => {
  const input = find("input[type=file]", zone);
  for (const type of ["dragenter", "dragover"]) {
    zone.addEventListener(type, (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
  }
  for (const type of ["dragleave", "drop"]) {
    zone.addEventListener(type, () => zone.classList.remove("over"));
  }
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length > 0) {
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
});

// Before and after under one slider.
each("[data-compare]", (figure) => {
  const slider = find("[data-cut]", figure);
  const cut = (percent) => figure.style.setProperty("--cut", `${percent}%`);
  slider.addEventListener("input", () => cut(slider.value));
  const stage = find(".stage", figure);
  stage.addEventListener("pointermove", (event) => {
    if (event.pointerType === "mouse" || event.buttons > 0) {
      const box = stage.getBoundingClientRect();
      slider.value = Math.round((100 * (event.clientX - box.left)) / box.width);
      cut(slider.value);
    }
  });
});

// Sends one file, or one picture of the camera, and tells of its progress.
function send(form, file, name, answers, progress) {
  return new Promise((resolve) => {
    const data = new FormData();
    data.append("csrf", find("[name=csrf]", form).value);
    data.append("photo", file, name);
    for (const [field, value] of Object.entries(answers)) {
      data.append(field, value);
    }
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => progress(event.loaded, event.total));
    request.addEventListener("load", () => resolve({ status: request.status, body: request.response }));
    request.addEventListener("error", () => resolve({ status: 0, body: null }));
    request.send(data);
  });
}

function boxes(result) {
  const space = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(space, "svg");
  drawing.setAttribute("viewBox", `0 0 ${result.width} ${result.height}`);
  drawing.setAttribute("aria-hidden", "true");
  for (const face of result.faces) {
    for (const kind of ["face-halo", "face-box"]) {
      const box = document.createElementNS(space, "rect");
      box.setAttribute("class", kind);
      box.setAttribute("x", face.x);
      box.setAttribute("y", face.y);
      box.setAttribute("width", face.w);
      box.setAttribute("height", face.h);
      drawing.append(box);
    }
    const number = document.createElementNS(space, "text");
    number.setAttribute("class", "face-number");
    number.setAttribute("x", face.x + 6);
    number.setAttribute("y", face.y + 34);
    number.textContent = face.number;
    drawing.append(number);
  }
  return drawing;
}

each("[data-upload]", (form) => {
  const list = find("[data-sending]", form);
  const words = form.dataset;
  const input = find("input[type=file]", form);

  async function sendOne(file, name, answers, item) {
    const bar = make("progress", { max: 1, value: 0, ariaLabel: name });
    const text = make("p", {}, make("strong", { textContent: name }));
    const address = URL.createObjectURL(file);
    item.replaceChildren(make("img", { src: address, alt: "" }), text, bar);
    if (file.size > Number(words.most)) {
      bar.remove();
      text.append(make("br"), words.large);
      return;
    }
    const answer = await send(form, file, name, answers, (done, all) => {
      bar.value = done / all;
      if (done === all) {
        bar.removeAttribute("value");
        text.replaceChildren(make("strong", { textContent: name }), " ", words.checking);
      }
    });
    bar.remove();
    const result = answer.body?.results?.[0];
    if (!result) {
      const why = answer.status === 401 || answer.status === 403 ? words.signedOut : answer.body?.detail || words.failed;
      text.replaceChildren(make("strong", { textContent: name }), make("br"), why);
      return;
    }
    const note = make("div", { className: `note ${result.tone}` }, make("h2", { textContent: `${name}: ${result.headline}` }));
    for (const reason of result.reasons) {
      note.append(make("p", { textContent: reason }));
    }
    const again = (label, more) => {
      const button = make("button", { type: "button", className: "button small", textContent: label });
      button.addEventListener("click", () => sendOne(file, name, { ...answers, ...more }, item));
      return button;
    };
    const actions = make("div", { className: "actions" });
    if (result.which) {
      note.append(
        make("p", { textContent: words.which }),
        make("figure", { className: "framed" }, make("img", { src: result.preview, alt: "" }), boxes(result)),
      );
      actions.append(...result.faces.map((face) => again(face.label, { face: face.number })));
    } else if (result.dark) {
      note.append(make("figure", { className: "framed" }, make("img", { src: result.dark_preview, alt: result.brightened })));
      actions.append(again(result.brightened, { light: "brightened" }), again(result.as_it_is, { light: "as-it-is" }));
    }
    if (actions.hasChildNodes()) {
      note.append(actions);
    }
    item.replaceChildren(note);
    URL.revokeObjectURL(address);
  }

  // One after the other: a phone's connection is narrow, and the first answer comes soonest so.
  let queue = Promise.resolve();
  form.addFile = (file, name) => {
    const item = make("li");
    list.append(item);
    queue = queue.then(() => sendOne(file, name, {}, item));
    return queue;
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    for (const file of input.files) {
      form.addFile(file, file.name);
    }
    input.value = "";
  });
});

// The camera of the device.
each("[data-camera]", (section) => {
  const form = find("[data-upload]");
  const video = find("video", section);
  const live = find("[data-camera-live]", section);
  const refused = find("[data-camera-refused]", section);
  const start = find("[data-camera-start]", section);
  let stream = null;
  let taken = 0;

  function stop() {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    video.srcObject = null;
    live.hidden = true;
    start.hidden = false;
    start.focus();
  }

  start.addEventListener("click", async () => {
    refused.hidden = true;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user", width: { ideal: 1920 }, height: { ideal: 1440 } } });
    } catch {
      refused.hidden = false;
      return;
    }
    video.srcObject = stream;
    live.hidden = false;
    start.hidden = true;
    find("[data-camera-take]", section).focus();
  });
  find("[data-camera-stop]", section).addEventListener("click", stop);
  find("[data-camera-take]", section).addEventListener("click", () => {
    if (video.videoWidth === 0) {
      return;
    }
    const canvas = make("canvas", { width: video.videoWidth, height: video.videoHeight });
    canvas.getContext("2d").drawImage(video, 0, 0);
    canvas.toBlob((blob) => form.addFile(blob, `camera-${++taken}.jpg`), "image/jpeg", 0.95);
  });
  addEventListener("pagehide", stop);
});

// A moderator's hands stay on the keyboard. Not while typing, and not with Ctrl or Alt held.
each("[data-keys]", (page) => {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.matches("textarea, select, input:not([type=radio])")) {
      return;
    }
    const target = find(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`, page);
    if (!target) {
      return;
    }
    event.preventDefault();
    if (target.matches("select, textarea")) {
      target.focus();
    } else {
      target.click();
    }
  });
});
