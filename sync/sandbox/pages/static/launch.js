// Opens the panel at once: posts the signed launch into the frame. Without this there is a button.
const launch = document.getElementById("launch");
launch.hidden = true;
launch.submit();
