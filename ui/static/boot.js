// Starts the page. A file of its own, because the content security policy allows no inline script.
// The theme chosen here is kept for the next start; theme.js changes the attribute, this only remembers it.
const root = document.documentElement;
const asked = new URLSearchParams(location.search).has('theme');
const kept = localStorage.getItem('fovea.theme');
if (kept && !asked) root.setAttribute('data-theme', kept);
new MutationObserver(() => localStorage.setItem('fovea.theme', root.getAttribute('data-theme') ?? ''))
  .observe(root, { attributeFilter: ['data-theme'] });

import('./fovea-ui.js').then(({ default: start }) => start({ module_or_path: 'fovea-ui_bg.wasm' }));
