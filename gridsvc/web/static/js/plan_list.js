// Begins a draft and opens its desk; a refusal is one sentence under the form, which keeps what was written.
const form = document.getElementById("plan-new"), said = document.getElementById("plan-said");

async function begin(fields) {
  const answer = await fetch(form.dataset.api, {
    method: "POST", body: JSON.stringify(fields),
    headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": form.elements.csrf_token.value },
  });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.detail || "");
  return body.id;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const press = form.querySelector("button");
  const { csrf_token: _, ...all } = Object.fromEntries(new FormData(form));
  const fields = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ""));
  press.disabled = true;
  said.hidden = true;
  try {
    const number = await begin(fields);
    window.location.assign(`${window.location.pathname.replace(/\/$/, "")}/${number}`);
  } catch (problem) {
    said.textContent = (problem instanceof TypeError ? "" : problem.message) || form.dataset.failed;
    said.hidden = false;
    press.disabled = false;
  }
});
