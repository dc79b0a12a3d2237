// In WeChat, for whom WeChat has named: what she shares is her own onward link, and that she chose
// to share is told. (Whether she went through with it, WeChat tells nobody since 2018; what counts
// is who comes through her link.)
document.addEventListener("onward", ({ detail: link }) => {
  const own = document.querySelector("script[data-sdk]");
  // iOS signs the address the page was entered by, Android the present one.
  const page = /iPhone|iPad/.test(navigator.userAgent) ? own.dataset.entered : location.href;
  const begin = async () => {
    const answer = await fetch(`/h5/js-sdk?url=${encodeURIComponent(page)}`);
    if (!answer.ok) return;
    const wx = globalThis.module.exports;
    const wanted = ["onMenuShareAppMessage", "onMenuShareTimeline"];
    // The kit keeps what it is given, and changes it.
    wx.config({ ...(await answer.json()), jsApiList: [...wanted] });
    wx.ready(() => {
      const imgUrl = document.querySelector("meta[property='og:image']")?.content ?? "";
      const trigger = () => document.dispatchEvent(new Event("shared"));
      for (const name of wanted) wx[name]({ title: document.title, link, imgUrl, trigger });
    });
  };
  globalThis.module = { exports: {} }; // the kit is written for bundlers
  const kit = document.createElement("script");
  kit.src = own.dataset.sdk;
  kit.onload = () => begin().catch(() => {}); // without a network nothing is shared either
  document.head.append(kit);
});
document.querySelector("script[data-sdk]").dataset.entered = location.href;
