// The sign-in page: whoever was signed in here no longer is. Their keys and kept pages go; what waits stays sealed.
import { forget, usable } from "./queue_store.js";

if (usable()) forget().catch(() => {});
