// No validator: it would be asked at another site. Keys are kept by nobody: a reload forgets them.
SwaggerUIBundle({
  dom_id: "#apis",
  urls: ["versori", "slashid", "tines"].map((name) => ({ name, url: `/openapi/${name}.json` })),
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  layout: "StandaloneLayout",
  validatorUrl: null,
  persistAuthorization: false,
  queryConfigEnabled: false,
});
