// The wall of a waiting area, for any browser that has EventSource. It never needs a reload: what it shows is folded from
// a stream that it opens again by itself, whatever happens. Plain script for the browsers of old televisions.
(function () {
  "use strict";

  var Board = window.TiepDonBoard;
  var STALE_AFTER_MS = 10000;
  var RETRY_FIRST_MS = 500;
  var RETRY_LAST_MS = 5000;
  // A number is large at least this long when others wait for the place, shorter when many do, and marked as new this
  // long when none does.
  var TURN_MS = 2500;
  var MANY = 5;
  var TURN_OF_MANY_MS = 1200;
  var LOOK_EVERY_MS = 250;
  var NEW_MS = 8000;
  var TURNS_MAX = 100;
  var SAID_WITHIN_MS = 300000;
  // Height of a row with its margin, in rem (display.css).
  var ROW_REM = 11.5;

  var WORDS = {
    vi: {
      page: "Màn hình gọi số", waiting: "Đang chờ: {} người", now: "Xin mời số", last: "Số vừa gọi", into: "vào",
      again: "Xin nhắc lại số", nobody: "Chưa gọi số nào", connecting: "Đang kết nối", earlier: "Các số gọi trước",
      missed: "Số đã lỡ lượt:", stale: "Mất kết nối {} – số có thể chưa mới", sound: "Chạm để bật tiếng",
      broken: "Loa đang hỏng – xin nhìn màn hình", emergency: "Cấp cứu", priority: "Ưu tiên", booked: "Đã hẹn",
      seconds: "{} giây", minutes: "{} phút", closed: "Không có khu vực này",
      enrol: "Đăng ký màn hình", enrolHelp: "Nhập mã do quản trị cấp cho màn hình này.", code: "Mã", send: "Đăng ký",
      refused: "Mã không đúng hoặc đã hết hạn.",
    },
    en: {
      page: "Waiting-room display", waiting: "Waiting: {}", now: "Now calling", last: "Last call", into: "to",
      again: "Calling again", nobody: "No calls yet", connecting: "Connecting", earlier: "Earlier calls",
      missed: "Missed:", stale: "No connection for {} – numbers may be old", sound: "Touch to allow sound",
      broken: "No sound – please watch the screen", emergency: "Emergency", priority: "Priority", booked: "Booked",
      seconds: "{} s", minutes: "{} min", closed: "No such waiting area",
      enrol: "Register this display", enrolHelp: "Type the code that administration gave for it.", code: "Code",
      send: "Register", refused: "The code is wrong or has expired.",
    },
  };

  var query = parameters();
  var zone = decodeURIComponent(location.pathname.split("/")[2] || "");
  var language = query.lang === "en" ? "en" : "vi";
  var words = WORDS[language];
  var state = {
    board: null, place: null, source: null, heardAt: 0, startedAt: now(), retries: 0, retryTimer: 0,
    turns: [], turn: null, turnSince: 0, turnSaid: true, refused: 0, wasAway: false,
  };
  var sound = null;

  function parameters() {
    var found = {};
    location.search.slice(1).split("&").forEach(function (pair) {
      var at = pair.indexOf("=");
      found[at < 0 ? pair : pair.slice(0, at)] = at < 0 ? "" : decodeURIComponent(pair.slice(at + 1));
    });
    return found;
  }

  /// Milliseconds that only go forward where the browser has such a clock.
  function now() {
    return window.performance && performance.now ? performance.now() : Date.now();
  }

  function element(id) {
    return document.getElementById(id);
  }

  function say(id, text) {
    var at = element(id);
    if (at.textContent !== text) {
      at.textContent = text;
    }
  }

  function fill(text, value) {
    return text.replace("{}", String(value));
  }

  // ---- Hearing

  function open() {
    clearTimeout(state.retryTimer);
    close();
    var url = "/v1/boards/" + encodeURIComponent(zone) + "/events?events=2";
    if (state.heardAt && now() - state.heardAt > SAID_WITHIN_MS) {
      // After so long the whole board says better what is new than the events in between.
      state.place = null;
      state.wasAway = true;
    }
    if (state.place) {
      url += "&last_event_id=" + encodeURIComponent(state.place);
    }
    var source = new EventSource(url);
    state.source = source;
    listen(source, "snapshot", function (data, id) {
      hearBoard(Board.whole(data));
      state.place = id;
      state.wasAway = false;
    });
    listen(source, "event", function (data, id) {
      hearEvent(data, id);
    });
    listen(source, "heartbeat", function (data) {
      if (!state.board || data.seq > state.board.seq) {
        startOver();
      }
    });
    source.onerror = function () {
      if (state.source === source) {
        // It would try again by itself after most failures, but after an HTTP error it is closed for good.
        close();
        retry();
      }
    };
  }

  function listen(source, name, take) {
    source.addEventListener(name, function (event) {
      if (state.source !== source) {
        return;
      }
      heard();
      try {
        take(JSON.parse(event.data), event.lastEventId);
      } catch (error) {
        startOver();
      }
      render();
    });
  }

  function close() {
    if (state.source) {
      state.source.close();
      state.source = null;
    }
  }

  function heard() {
    state.heardAt = now();
    state.retries = 0;
    state.refused = 0;
    element("enrol").hidden = true;
  }

  function retry() {
    var wait = Math.min(RETRY_FIRST_MS * Math.pow(2, state.retries), RETRY_LAST_MS);
    state.retries += 1;
    clearTimeout(state.retryTimer);
    // All displays lose the service at one moment, and are not to come back at one.
    state.retryTimer = setTimeout(open, wait * (0.5 + Math.random() / 2));
    if (state.retries % 4 === 1) {
      askWhy();
    }
  }

  /// A whole board instead of what is held.
  function startOver() {
    state.place = null;
    close();
    retry();
  }

  /// EventSource does not tell a refusal from a lost network.
  function askWhy() {
    var request = new XMLHttpRequest();
    request.open("GET", "/v1/boards/" + encodeURIComponent(zone));
    request.timeout = 4000;
    request.onload = function () {
      state.refused = request.status >= 400 && request.status < 500 ? request.status : 0;
      if (request.status === 401 || request.status === 403) {
        showEnrol();
      }
      render();
    };
    request.send();
  }

  function hearBoard(board) {
    var held = state.board && state.board.log === board.log && state.board.day === board.day ? state.board : null;
    // A restored service or a new day: what it shows is there already, nothing of it is new.
    takeNew(held || (state.board ? board : null), board);
    state.board = board;
  }

  function hearEvent(event, id) {
    if (!state.board) {
      startOver();
      return;
    }
    var held = { calls: state.board.calls.slice() };
    var outcome = Board.apply(state.board, event);
    if (outcome === "gap") {
      startOver();
      return;
    }
    state.place = id;
    if (outcome === "changed") {
      takeNew(held, state.board);
    }
  }

  // ---- Turns: every new call is large for a while, however many come at once

  function takeNew(held, board) {
    // A television's own clock may be wrong: calls are compared with the newest one.
    var newest = board.calls.length > 0 ? board.calls[0].called_at : 0;
    Board.newCalls(held, board).forEach(function (call) {
      if (state.wasAway && newest - call.called_at > SAID_WITHIN_MS) {
        return;
      }
      state.turns = state.turns.filter(function (other) {
        return other.number !== call.number;
      });
      state.turns.push(call);
    });
    var gone = Board.takenBack(held, board);
    state.turns = state.turns.slice(-TURNS_MAX).filter(function (call) {
      return gone.indexOf(call.number) < 0;
    });
    if (state.turn && gone.indexOf(state.turn.number) >= 0) {
      state.turn = null;
      state.turnSaid = true;
    }
    nextTurn();
  }

  function turnMs() {
    return state.turns.length >= MANY ? TURN_OF_MANY_MS : TURN_MS;
  }

  function nextTurn() {
    var since = now() - state.turnSince;
    if (state.turns.length > 0 && (state.turn === null || (state.turnSaid && since >= turnMs()))) {
      state.turn = state.turns.shift();
      state.turnSince = now();
      state.turnSaid = false;
      var said = state.turn;
      var finish = function () {
        if (state.turn === said) {
          state.turnSaid = true;
        }
        tick();
      };
      if (sound) {
        sound.say(said, finish);
      } else {
        finish();
      }
    } else if (state.turn !== null && state.turnSaid && state.turns.length === 0 && since >= NEW_MS) {
      state.turn = null;
    }
  }

  // ---- Showing

  function render() {
    var board = state.board;
    var calls = board ? board.calls : [];
    var isNew = state.turn !== null;
    var large = state.turn || calls[0] || null;
    var body = document.body;
    body.className = (board && large ? "" : "empty ") + (query.theme === "dark" ? "dark" : "");
    say("zone", board ? board.zone_name : zone);
    element("zone").className = board && board.zone_name.length > 32 ? "long" : "";
    say("waiting", board ? fill(words.waiting, Board.waiting(board)) : "");
    element("now").className = isNew ? "new" : "";
    renderLarge(large, isNew);
    renderCalls(calls, large);
    renderMissed(board ? board.missed : []);
    renderState();
  }

  function renderLarge(call, isNew) {
    if (!call) {
      say("now-title", state.board ? words.nobody : state.refused === 404 ? words.closed : words.connecting);
      ["now-number", "now-into", "now-room"].forEach(function (id) {
        say(id, "");
      });
      element("now-mark").hidden = true;
      return;
    }
    say("now-title", isNew ? (call.recalls ? words.again : words.now) : words.last);
    say("now-number", call.number);
    element("now-number").className = call.number.length > 6 ? "longer" : call.number.length > 5 ? "long" : "";
    say("now-into", words.into);
    say("now-room", call.room_name);
    element("now-room").className = call.room_name.length > 34 ? "longer" : call.room_name.length > 15 ? "long" : "";
    element("now-mark").hidden = !call.line;
    say("now-mark", call.line ? words[call.line] || "" : "");
  }

  function renderCalls(calls, large) {
    var row = ROW_REM * parseFloat(getComputedStyle(document.documentElement).fontSize);
    var rows = Math.max(1, Math.floor((element("calls").clientHeight + 0.12 * row) / row));
    var others = calls.filter(function (call) {
      return !large || call.number !== large.number;
    });
    var list = element("calls");
    list.textContent = "";
    others.slice(0, rows).forEach(function (call) {
      var item = document.createElement("li");
      var waitsForTurn = state.turns.some(function (turn) {
        return turn.number === call.number;
      });
      item.className = waitsForTurn ? "turn" : "";
      item.appendChild(part("number" + (call.number.length > 5 ? " long" : ""), call.number));
      item.appendChild(part("room" + (call.room_name.length > 16 ? " long" : ""), call.room_name));
      if (call.line && words[call.line]) {
        item.appendChild(part("mark", words[call.line]));
      }
      list.appendChild(item);
    });
  }

  function part(name, text) {
    var span = document.createElement("span");
    span.className = name;
    span.textContent = text;
    return span;
  }

  function renderMissed(missed) {
    element("missed").hidden = missed.length === 0;
    var list = element("missed-list");
    list.textContent = "";
    missed.forEach(function (number) {
      var item = document.createElement("li");
      item.textContent = number;
      list.appendChild(item);
    });
  }

  function renderState() {
    var silent = now() - (state.heardAt || state.startedAt);
    var isStale = silent > STALE_AFTER_MS;
    element("stale").hidden = !isStale;
    if (isStale) {
      var seconds = Math.floor(silent / 1000);
      say("stale", fill(words.stale, seconds < 60 ? fill(words.seconds, seconds) : fill(words.minutes, Math.floor(seconds / 60))));
    }
    element("allow-sound").hidden = !(sound && sound.isOwner && sound.isBlocked);
    element("voice-broken").hidden = !(sound && sound.isOwner && sound.isBroken && !isStale);
  }

  function tick() {
    var at = new Date();
    var two = function (value) {
      return (value < 10 ? "0" : "") + value;
    };
    say("clock", two(at.getHours()) + ":" + two(at.getMinutes()));
    // After a sleep of the television, or a connection that died without a word.
    var silent = now() - (state.heardAt || state.startedAt);
    if (silent > STALE_AFTER_MS && state.source) {
      close();
      retry();
    }
    nextTurn();
    render();
  }

  // ---- A display that the service does not know yet

  function showEnrol() {
    if (element("enrol").hidden) {
      element("enrol").hidden = false;
      element("code").focus();
    }
  }

  function enrol(event) {
    event.preventDefault();
    var request = new XMLHttpRequest();
    request.open("POST", "/v1/enrol/browser");
    request.setRequestHeader("Content-Type", "application/json");
    request.timeout = 8000;
    request.onload = function () {
      if (request.status === 200) {
        say("enrol-problem", "");
        element("enrol").hidden = true;
        startOver();
      } else {
        say("enrol-problem", words.refused);
      }
    };
    request.onerror = function () {
      say("enrol-problem", words.connecting);
    };
    request.send(JSON.stringify({ code: element("code").value }));
  }

  function start() {
    document.documentElement.lang = language;
    document.title = words.page;
    [
      ["earlier-title", "earlier"], ["missed-title", "missed"], ["allow-sound", "sound"], ["voice-broken", "broken"],
      ["enrol-title", "enrol"], ["enrol-help", "enrolHelp"], ["code-label", "code"], ["enrol-send", "send"],
    ].forEach(function (pair) {
      say(pair[0], words[pair[1]]);
    });
    element("enrol").addEventListener("submit", enrol);
    if (query.sound !== "off") {
      sound = new window.TiepDonSound({
        zone: zone,
        languages: (query.speech || "vi").split(","),
        display: "display-" + Math.random().toString(36).slice(2) + Date.now().toString(36),
        changed: render,
      });
      element("allow-sound").addEventListener("click", function () {
        sound.allow();
      });
    }
    setInterval(tick, LOOK_EVERY_MS);
    ["online", "pageshow", "visibilitychange"].forEach(function (name) {
      (name === "visibilitychange" ? document : window).addEventListener(name, function () {
        if (now() - state.heardAt > 4000) {
          state.retries = 0;
          open();
        }
      });
    });
    window.addEventListener("resize", render);
    open();
    tick();
  }

  start();
})();
