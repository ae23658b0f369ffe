// Logs in to Act-On in a window of its own, where the browser allows one; else in this page.
// The two pages find each other by a channel: on its way over another site a window loses its opener.
(() => {
  const channel = new BroadcastChannel("acton-log-in");
  const button = document.querySelector("button[data-window]");
  const back = document.querySelector("[data-came-back]");

  if (button) {
    let opened = null;
    button.addEventListener("click", () => {
      opened = open("", "acton-log-in", "popup,width=560,height=720");
      if (opened) button.formTarget = "acton-log-in";
    });
    channel.addEventListener("message", ({ data }) => {
      if (!opened || data.told !== "back") return;
      channel.postMessage({ told: "seen" });
      location.reload();
    });
  }

  if (back) {
    channel.addEventListener("message", ({ data }) => {
      if (data.told !== "seen") return;
      back.querySelector("[data-window-note]").hidden = false;
      if (back.dataset.cameBack === "yes") window.close();
    });
    channel.postMessage({ told: "back" });
  }
})();
