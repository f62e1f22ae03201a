// Starts Swagger UI on the document that the page names. A file of its own, because the page allows no inline script.
"use strict";

const page = document.getElementById("swagger-ui");
SwaggerUIBundle({
  url: page.dataset.document,
  domNode: page,
  deepLinking: true,
  displayOperationId: false,
  oauth2RedirectUrl: new URL(page.dataset.redirect, location.href).href,
  presets: [SwaggerUIBundle.presets.apis],
  tryItOutEnabled: false,
  validatorUrl: null, // the badge would be fetched from elsewhere
});
