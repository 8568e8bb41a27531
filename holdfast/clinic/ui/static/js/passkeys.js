// Asks the device for a passkey and sends its answer in the form it belongs to. Works with forms that have data-passkey:
// "create" (register), "get" (after the password, or to confirm) or "sign-in" (alone: the challenge is fetched first).
"use strict";

(function () {
  function bytes(text) {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (sign) => sign.charCodeAt(0)).buffer;
  }

  function text(buffer) {
    if (!buffer) return null;
    const plain = String.fromCharCode(...new Uint8Array(buffer));
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function listed(credentials) {
    return (credentials || []).map((one) => ({ ...one, id: bytes(one.id) }));
  }

  async function created(options, form) {
    const asked = options.publicKey;
    const alone = form.elements.passwordless && form.elements.passwordless.checked;
    const chosen = { ...asked.authenticatorSelection };
    chosen.residentKey = alone ? "required" : "discouraged";
    chosen.requireResidentKey = Boolean(alone);
    if (alone) chosen.userVerification = "required";
    return navigator.credentials.create({
      publicKey: {
        ...asked, challenge: bytes(asked.challenge), user: { ...asked.user, id: bytes(asked.user.id) },
        excludeCredentials: listed(asked.excludeCredentials), authenticatorSelection: chosen,
      },
    });
  }

  async function got(options) {
    const asked = options.publicKey;
    return navigator.credentials.get({
      publicKey: { ...asked, challenge: bytes(asked.challenge), allowCredentials: listed(asked.allowCredentials) },
    });
  }

  function answer(credential) {
    const said = credential.response;
    const response = { clientDataJSON: text(said.clientDataJSON) };
    for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (said[name]) response[name] = text(said[name]);
    }
    return {
      id: credential.id, rawId: text(credential.rawId), type: credential.type, response,
      authenticatorAttachment: credential.authenticatorAttachment || null,
      clientExtensionResults: { credProps: credential.getClientExtensionResults().credProps || {} },
    };
  }

  function sentence(error) {
    if (error.name === "InvalidStateError") return "This device has a passkey of yours already.";
    if (error.name === "SecurityError") return "Passkeys do not work under this address: it needs a name and https.";
    if (error.name === "NotAllowedError") return "Nothing was used: it was cancelled, or took too long. Try again.";
    return "The passkey could not be used. Try again, or use another way.";
  }

  async function ask(form) {
    const kind = form.dataset.passkey;
    if (kind === "create") return created(JSON.parse(form.dataset.options), form);
    if (kind === "get") return got(JSON.parse(form.dataset.options));
    const told = await fetch(form.action, { headers: { Accept: "application/json" } });
    if (!told.ok) throw new Error("no challenge");
    return got((await told.json()).request_options);
  }

  function wire(form) {
    const said = form.querySelector("[data-said]");
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      said.textContent = "Waiting for your device …";
      try {
        form.elements.credential.value = JSON.stringify(answer(await ask(form)));
      } catch (error) {
        said.textContent = sentence(error);
        return;
      }
      form.submit();
    });
  }

  const able = Boolean(window.PublicKeyCredential && navigator.credentials);
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    if (able) wire(form);
    else if (!form.hidden) form.querySelector("[data-said]").textContent = "This browser cannot use passkeys here.";
  }
})();
