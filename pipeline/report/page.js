// Draws every chart in the width of its place, and those with cells again when it changes.
const { config, specs } = JSON.parse(document.getElementById("charts").textContent);
const places = [...document.querySelectorAll("[data-chart]")];

// Cells have a width of their own; what the labels at their left take is in the spec.
function fitted(spec, room) {
  if (!spec.facet) return spec;
  const labels = spec.spec.layer[0].encoding.y.axis.minExtent ?? 46;
  return { ...spec, spec: { ...spec.spec, width: Math.max(room - labels - 16, 120) } };
}

async function draw(place) {
  const spec = specs[place.dataset.chart];
  place.dataset.width = place.clientWidth;
  try {
    const options = { actions: false, config, defaultStyle: false, renderer: "svg", tooltip: false };
    await window.vegaEmbed(place, fitted(spec, place.clientWidth), options);
  } catch (error) {
    place.textContent = "This chart could not be drawn; its numbers are below.";
    console.error(error);
  }
}

let waiting;
window.addEventListener("resize", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    for (const place of places) {
      const cells = specs[place.dataset.chart].facet;
      if (cells && Number(place.dataset.width) !== place.clientWidth) draw(place);
    }
  }, 150);
});

for (const place of places) await draw(place);
document.body.dataset.drawn = places.length;
