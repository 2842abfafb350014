/* Buttons that copy a listing; of a session only the commands. */

function addCopyButtons() {
  const said = make('p', { className: 'unseen', role: 'status' });
  document.body.append(said);
  all('.listing').forEach((listing) => {
    const button = make('button', { className: 'copy', type: 'button', textContent: 'Copy' });
    button.addEventListener('click', () => copy(copyOf(listing)).then(
      () => answer(button, said, 'Copied'),
      () => answer(button, said, 'Not allowed')));
    listing.append(button);
  });
}

function copyOf(listing) {
  const commands = all('kbd', listing).map((kbd) => kbd.textContent);
  return commands.join('\n') || listing.querySelector('code').textContent;
}

function answer(button, said, words) {
  button.textContent = words;
  said.textContent = words;
  setTimeout(() => {
    button.textContent = 'Copy';
    said.textContent = '';
  }, 1500);
}

/* The clipboard is there on pages that are safe or local; elsewhere a
   selection is copied. */
function copy(text) {
  const selected = () => (copySelected(text) ? Promise.resolve() : Promise.reject());
  return navigator.clipboard ? navigator.clipboard.writeText(text).catch(selected) : selected();
}

function copySelected(text) {
  const focused = document.activeElement;
  const area = make('textarea', { value: text, className: 'unseen' });
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  focused.focus();
  return done;
}

addCopyButtons();
