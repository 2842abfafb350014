/* What the other scripts share.  They are one script on the page: nothing here
   is seen outside of it, and nothing is fetched but the search index that lies
   beside the page. */

const root = document.documentElement;
const all = (selector, within) => [...(within || document).querySelectorAll(selector)];
const make = (tag, properties) => Object.assign(document.createElement(tag), properties);

/* Storage may be refused; then nothing is remembered. */
const memory = {
  get(key) { try { return localStorage.getItem(key); } catch (e) { return null; } },
  set(key, value) { try { localStorage.setItem(key, value); } catch (e) { /* refused */ } },
};
