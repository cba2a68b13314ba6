// The fields into which Swagger UI lets a person type a key. It would show the key.
const KEY_FIELDS = ["api_key_value", "auth-bearer-value"];

const hideKeys = () => ({
  wrapComponents: {
    Input: (Input, system) => (properties) =>
      system.React.createElement(
        Input,
        KEY_FIELDS.includes(properties.id) ? { ...properties, type: "password", autoComplete: "off" } : properties,
      ),
  },
});

// No validator: it would be asked at another site. Keys are kept by nobody: a reload forgets them.
SwaggerUIBundle({
  dom_id: "#apis",
  urls: ["versori", "slashid", "tines"].map((name) => ({ name, url: `/openapi/${name}.json` })),
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  plugins: [hideKeys],
  layout: "StandaloneLayout",
  validatorUrl: null,
  persistAuthorization: false,
  queryConfigEnabled: false,
});
