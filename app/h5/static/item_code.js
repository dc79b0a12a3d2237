// Asks where the piece is, if she lets it, and then for the answer.
(() => {
  const form = document.querySelector("form[data-look]");
  const look = () => form.submit();
  if (!navigator.geolocation) return look();
  const told = ({ coords }) => {
    form.elements.lat.value = coords.latitude.toFixed(2);
    form.elements.lon.value = coords.longitude.toFixed(2);
    look();
  };
  navigator.geolocation.getCurrentPosition(told, look, { timeout: 5000, maximumAge: 600000 });
})();
