// The inputs into which Swagger UI lets a person type a key. By itself it would show the key.
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

// The validator is off because it is a service on another host. Keys are not stored: a reload forgets them.
// The server puts the constant VENDORS in front of this script.
SwaggerUIBundle({
  dom_id: "#apis",
  urls: VENDORS.map((name) => ({ name, url: `/openapi/${name}.json` })),
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  plugins: [hideKeys],
  layout: "StandaloneLayout",
  validatorUrl: null,
  persistAuthorization: false,
  queryConfigEnabled: false,
});
