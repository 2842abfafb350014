/* The switch between light and dark.  What agrees with the reader's system is
   not kept: whoever switches back follows the system again. */

function switchTheme() {
  const button = document.getElementById('theme');
  const system = matchMedia('(prefers-color-scheme: dark)');
  const nameOf = (dark) => (dark ? 'dark' : 'light');
  const isDark = () => (root.dataset.theme || nameOf(system.matches)) === 'dark';
  const show = () => {
    button.textContent = isDark() ? '☀' : '☾';
    button.setAttribute('aria-label', isDark() ? 'Light theme' : 'Dark theme');
  };
  button.addEventListener('click', () => {
    const wanted = nameOf(!isDark());
    root.dataset.theme = wanted === nameOf(system.matches) ? '' : wanted;
    memory.set('theme', root.dataset.theme);
    show();
  });
  system.addEventListener('change', show);
  window.addEventListener('storage', (event) => {
    if (event.key !== 'theme') return;
    root.dataset.theme = event.newValue || '';
    show();
  });
  show();
}

switchTheme();
