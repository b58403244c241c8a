// What the API can do, shown plainly. No framework, no build; text goes in as text, never as markup.
'use strict';

const $ = id => document.getElementById(id);
let csrf = '';

// el('td', {className: 'x'}, child, 'text', ...)
function el(tag, props, ...children) {
  const node = Object.assign(document.createElement(tag), props);
  node.append(...children.filter(c => c !== null && c !== undefined));
  return node;
}

async function api(method, path, body) {
  const answer = await fetch(path, {
    method,
    headers: {'X-CSRF-Token': csrf, ...(body ? {'Content-Type': 'application/json'} : {})},
    body: body && JSON.stringify(body),
  });
  const data = await answer.json().catch(() => ({}));
  if (!answer.ok)
    throw Object.assign(new Error(data.error?.message || answer.statusText), {status: answer.status, code: data.error?.code});
  return data;
}

const orNull = status => e => { if (e.status !== status) throw e; return null; };

function say(problem) {
  $('problem').hidden = !problem;
  $('problem').textContent = problem || '';
}

// Runs what a button does, then shows the page anew.
function button(text, act, className = '') {
  return el('button', {type: 'button', className, onclick: async event => {
    event.target.disabled = true;
    try { say(''); await act(); } catch (e) { say(e.message); }
    event.target.disabled = false;
  }}, text);
}

const card = (title, ...children) => el('section', {}, el('h2', {}, title), ...children);
const facts = pairs => el('dl', {}, ...pairs.flatMap(([k, v]) => [el('dt', {}, k), el('dd', {}, String(v ?? '–'))]));
const when = text => text ? new Date(text).toLocaleString() : '–';
const table = (heads, rows) => el('div', {className: 'wide'}, el('table', {},
  el('thead', {}, el('tr', {}, ...heads.map(h => el('th', {scope: 'col'}, h)))),
  el('tbody', {}, ...rows.map(cells => el('tr', {}, ...cells.map(c => el('td', {}, c ?? '–')))))));

function statistics(stats) {
  const most = Math.max(1, ...stats.calls_by_day.map(d => d.count));
  return card('The last seven days',
    facts([['Calls', stats.total_calls], ['Completed', stats.completed_calls], ['Failed', stats.failed_calls],
           ['Average', `${Math.round(stats.average_duration_seconds)} s`]]),
    table(['Day', 'Calls', ''], stats.calls_by_day.map(d => [d.date, String(d.count),
      el('meter', {min: 0, max: most, value: d.count, title: `${d.count} calls`})])));
}

// ---- agents ----

function voiceAgent(agent, request) {
  if (agent) {
    const next = agent.status === 'active' ? 'inactive' : 'active';
    return card('Voice agent',
      facts([['Name', agent.name], ['Status', agent.status], ['Number', agent.phone_number], ['Voice', agent.settings.voice_gender]]),
      agent.status === 'pending_setup' ? null
        : button(next === 'active' ? 'Switch on' : 'Switch off', async () => {
          await api('POST', '/agent/voice-agent/toggle-status', {status: next});
          await show();
        }));
  }
  if (request && request.status === 'pending')
    return card('Voice agent', el('p', {}, 'Your request is waiting for its review.'));
  return card('Voice agent',
    request && el('p', {}, `Your last request was rejected: ${request.rejection_reason}`),
    button('Request a voice agent', async () => { await api('POST', '/agent/voice-agent/request'); await show(); }, 'main'));
}

function callRow(call) {
  const more = el('div', {});
  const listen = button('Listen', async () => {
    const link = await api('GET', `/agent/calls/${call.id}/recording`);
    more.replaceChildren(el('audio', {controls: true, autoplay: true, src: new URL(link.recording_url).pathname}));
  });
  const read = button('Read', async () => {
    const {transcript} = await api('GET', `/agent/calls/${call.id}/transcript`);
    more.replaceChildren(el('pre', {}, transcript));
  });
  const far = call.direction === 'inbound' ? call.from_number : call.to_number;
  return [when(call.created_at), call.direction, call.contact_name || far, call.status + (call.reason ? ` (${call.reason})` : ''),
    `${call.duration_seconds} s`, el('div', {}, call.recording_url && listen, call.has_transcript && read, more)];
}

function contacts(page) {
  return card('Contacts', table(['Name', 'Number', ''], page.items.map(c => [c.name, c.phone_number,
    button('Call', async () => { await api('POST', '/agent/calls/initiate', {contact_id: c.id}); await show(); })])));
}

async function agentPage() {
  const [agent, request, calls, stats, people] = await Promise.all([
    api('GET', '/agent/voice-agent').catch(orNull(404)), api('GET', '/agent/voice-agent/status').catch(orNull(404)),
    api('GET', '/agent/calls'), api('GET', '/agent/call-stats?period=week'), api('GET', '/agent/contacts')]);
  return [voiceAgent(agent, request),
    card(`Calls (${calls.total})`, calls.items.length
      ? table(['When', 'Direction', 'With', 'Status', 'Duration', ''], calls.items.map(callRow))
      : el('p', {className: 'quiet'}, 'None yet.'),
    button('Refresh', show)),
    statistics(stats), contacts(people)];
}

// ---- admins ----

function requestRow(q) {
  return [q.agent_name, q.company_name, when(q.requested_at), el('div', {},
    button('Approve', async () => { await api('POST', `/admin/voice-agent-requests/${q.id}/approve`); await show(); }, 'main'),
    button('Reject', async () => {
      const reason = prompt('Why?');
      if (!reason) return;
      await api('POST', `/admin/voice-agent-requests/${q.id}/reject`, {reason});
      await show();
    }))];
}

async function adminPage() {
  const [requests, agents] = await Promise.all([
    api('GET', '/admin/voice-agent-requests?status=pending'), api('GET', '/admin/voice-agents')]);
  const stats = el('div', {});
  return [card('Requests', requests.length ? table(['Agent', 'Company', 'Since', ''], requests.map(requestRow))
      : el('p', {className: 'quiet'}, 'Nobody is waiting.')),
    card('Voice agents', table(['Agent', 'Name', 'Number', 'Status', ''], agents.map(a =>
      [a.agent_name, a.name, a.phone_number, a.status, button('Statistics', async () =>
        stats.replaceChildren(statistics(await api('GET', `/admin/voice-agents/${a.id}/call-stats?period=week`))))]))),
    stats];
}

// ---- who is here ----

function loginPage() {
  const form = el('form', {},
    el('label', {}, 'E-mail', el('input', {name: 'email', type: 'email', autocomplete: 'username', required: true})),
    el('label', {}, 'Password', el('input', {name: 'password', type: 'password', autocomplete: 'current-password', required: true})),
    el('button', {className: 'main'}, 'Sign in'));
  form.onsubmit = async event => {
    event.preventDefault();
    try {
      say('');
      await api('POST', '/auth/login', Object.fromEntries(new FormData(form)));
      await show();
    } catch (e) { say(e.message); }
  };
  return [form];
}

async function show() {
  const me = await api('GET', '/auth/me').catch(orNull(401));
  csrf = me ? me.csrf_token : '';
  $('who').textContent = me ? me.name : '';
  $('leave').hidden = !me;
  $('main').replaceChildren(...await (!me ? loginPage() : me.role === 'admin' ? adminPage() : agentPage()));
}

$('leave').onclick = () => api('POST', '/auth/logout').then(() => { say(''); return show(); }).catch(e => say(e.message));
show().catch(e => say(e.message));
