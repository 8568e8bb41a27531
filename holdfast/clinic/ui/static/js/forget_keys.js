// The sign-in page and the locked screen: whoever was signed in here no longer is, or is not known to be here. Their keys and kept pages go; what waits stays sealed.
import { forget, usable } from "./queue_store.js";

if (usable()) forget().catch(() => {});
