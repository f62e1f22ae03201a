// Starts ReDoc on the document that the page names. A file of its own, because the page allows no inline script.
"use strict";

const page = document.getElementById("redoc");
Redoc.init(page.dataset.document, { hideLoading: true, nativeScrollbars: true }, page);
