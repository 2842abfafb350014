/* Buttons that copy a listing; of a session only the commands. */

function addCopyButtons() {
  all('.listing').forEach((listing) => {
    const button = make('button', { className: 'copy', type: 'button', textContent: 'Copy' });
    button.addEventListener('click', () => {
      const commands = all('kbd', listing).map((kbd) => kbd.textContent);
      copy(commands.join('\n') || listing.querySelector('code').textContent)
        .then(() => 'Copied', () => 'Not allowed')
        .then((said) => {
          button.textContent = said;
          setTimeout(() => { button.textContent = 'Copy'; }, 1500);
        });
    });
    listing.append(button);
  });
}

function copy(text) {
  return navigator.clipboard ? navigator.clipboard.writeText(text) : Promise.reject();
}

addCopyButtons();
