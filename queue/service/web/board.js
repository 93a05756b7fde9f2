// The board of a waiting area: the same fold as the service's own (queue/protocol/src/board.rs), event by event.
// Plain script for the browsers of old televisions.
(function (root) {
  "use strict";

  var CALLS_MAX = 12;
  var MISSED_MAX = 12;

  function oneMoreWaits(board, service) {
    board.waiting[service] = Math.min((board.waiting[service] || 0) + 1, 4294967295);
  }

  function oneWaitsNoMore(board, service) {
    if (!Object.prototype.hasOwnProperty.call(board.waiting, service)) {
      return;
    }
    board.waiting[service] = Math.max(board.waiting[service] - 1, 0);
    if (board.waiting[service] === 0) {
      delete board.waiting[service];
    }
  }

  function freeRooms(board, number) {
    Object.keys(board.rooms).forEach(function (room) {
      if (board.rooms[room].number === number) {
        delete board.rooms[room];
      }
    });
  }

  function without(list, number, of) {
    return list.filter(function (entry) {
      return of(entry) !== number;
    });
  }

  function numberOf(call) {
    return call.number;
  }

  function itself(number) {
    return number;
  }

  function forget(board, number) {
    board.calls = without(board.calls, number, numberOf);
    board.missed = without(board.missed, number, itself);
    freeRooms(board, number);
  }

  function showOnTop(board, call) {
    board.calls = [call].concat(without(board.calls, call.number, numberOf)).slice(0, CALLS_MAX);
  }

  function step(board, event) {
    if (event.from === "waiting") {
      oneWaitsNoMore(board, event.service);
    }
    switch (event.to) {
      case "called":
      case "in_room":
        Object.keys(board.rooms).forEach(function (room) {
          if (board.rooms[room].number === event.number) {
            board.rooms[room].state = event.to;
          }
        });
        break;
      case "done":
        freeRooms(board, event.number);
        break;
      case "missed":
        forget(board, event.number);
        board.missed = [event.number].concat(board.missed).slice(0, MISSED_MAX);
        break;
      case "waiting":
        forget(board, event.number);
        oneMoreWaits(board, event.service);
        break;
      default:
        forget(board, event.number);
    }
  }

  function applyKind(board, event) {
    switch (event.kind) {
      case "ticket_issued":
      case "ticket_joined":
        oneMoreWaits(board, event.service);
        return true;
      case "ticket_called":
        oneWaitsNoMore(board, event.call.service);
        board.missed = without(board.missed, event.call.number, itself);
        freeRooms(board, event.call.number);
        board.rooms[event.call.room] = { number: event.call.number, state: "called" };
        showOnTop(board, event.call);
        return true;
      case "ticket_recalled":
        showOnTop(board, event.call);
        return true;
      case "ticket_voided":
      case "ticket_left":
        if (event.from === "waiting") {
          oneWaitsNoMore(board, event.service);
        } else {
          forget(board, event.number);
        }
        return true;
      case "ticket_stepped":
        step(board, event);
        return true;
      case "ticket_marked":
        board.calls.forEach(function (call) {
          if (call.number === event.number) {
            if (event.line === "normal") {
              delete call.line;
            } else {
              call.line = event.line;
            }
          }
        });
        return true;
      default:
        return false;
    }
  }

  /// A board off the wire with everything that may be left out.
  function whole(board) {
    return Object.assign({}, board, {
      calls: board.calls || [],
      waiting: board.waiting || {},
      rooms: board.rooms || {},
      missed: board.missed || [],
    });
  }

  /// Folds one event in: "changed", "known" for a repeat, "gap" when one is missing or is of a kind that is not known
  /// here. After a gap the board is fetched anew.
  function apply(board, event) {
    if (event.seq <= board.seq) {
      return "known";
    }
    if (event.seq !== board.seq + 1) {
      return "gap";
    }
    board.seq = event.seq;
    if (event.day > board.day) {
      board.day = event.day;
      board.calls = [];
      board.waiting = {};
      board.rooms = {};
      board.missed = [];
    }
    if (event.day === board.day && !applyKind(board, event)) {
      return "gap";
    }
    return "changed";
  }

  /// How many wait.
  function waiting(board) {
    return Object.keys(board.waiting).reduce(function (sum, service) {
      return sum + board.waiting[service];
    }, 0);
  }

  function sameCall(one, other) {
    return (
      one.number === other.number &&
      one.room === other.room &&
      one.called_at === other.called_at &&
      (one.recalls || 0) === (other.recalls || 0)
    );
  }

  /// The calls of `board` that were not in `held`, in the order they were made. The first board of all is history.
  function newCalls(held, board) {
    if (!held) {
      return [];
    }
    return board.calls
      .filter(function (call) {
        return !held.calls.some(function (known) {
          return sameCall(known, call);
        });
      })
      .reverse();
  }

  /// The numbers of `held` that were taken back or missed their call. A full board drops its oldest calls: these were not.
  function takenBack(held, board) {
    var oldest = board.calls.length > 0 ? board.calls[board.calls.length - 1].called_at : 0;
    return (held ? held.calls : [])
      .filter(function (call) {
        var isThere = board.calls.some(function (known) {
          return known.number === call.number;
        });
        return !isThere && call.called_at > oldest;
      })
      .map(numberOf)
      .concat(board.missed);
  }

  root.TiepDonBoard = { whole: whole, apply: apply, waiting: waiting, newCalls: newCalls, takenBack: takenBack };
})(window);
