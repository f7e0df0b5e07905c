// Puts the ticket of a link (…/account/begin#ticket) into its field, and takes it out of the address at once.
const field = document.getElementById("ticket");
if (field && location.hash.length > 1) {
  field.value = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, "", location.pathname);
}
