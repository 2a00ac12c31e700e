"use strict";
// A photo becomes small on the phone: 12 megapixels are 4 MB over a bad line, 1600 pixels 300 kB.
(function () {
  const LONGEST = 1600, QUALITY = 0.82;
  const MOST_BYTES = 12 * 2 ** 20; // what the service takes
  const SENT_AS_IT_IS = /^image\/(jpeg|png|webp|heic|heif)$/;

  const toBlob = (canvas) => new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));

  // Drawing anew also drops the position and the phone's name that a camera writes into the file.
  async function redrawn(file) {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const share = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(picture.width * share));
    canvas.height = Math.max(1, Math.round(picture.height * share));
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    return toBlob(canvas);
  }

  // A format that this phone cannot draw (HEIC) goes as it is: the service re-encodes it.
  window.gridsvcPhoto = async function (file) {
    const blob = await redrawn(file).catch(() => null);
    if (blob) return blob;
    if (!SENT_AS_IT_IS.test(file.type)) throw new Error("photo_bad");
    if (file.size > MOST_BYTES) throw new Error("photo_big");
    return file.slice(0, file.size, file.type);
  };
})();
