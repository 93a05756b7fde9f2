// The sound of a display: chime, then the call in each language. One display of a waiting area is heard; the service
// says which. Plain script for the browsers of old televisions.
(function (root) {
  "use strict";

  var OWNER_EVERY_MS = 5000;
  // A clip that has not ended by then never will.
  var CLIP_LIMIT_MS = 25000;

  /// `options`: zone, languages, display (a name of its own), changed (called when what is to be told changes).
  function Sound(options) {
    this.options = options;
    this.isOwner = false;
    this.isBlocked = false;
    this.isBroken = false;
    this.player = new Audio();
    this.chimeUrl = "/v1/speech/chime";
    var self = this;
    this.askOwner();
    setInterval(function () {
      self.askOwner();
    }, OWNER_EVERY_MS);
  }

  Sound.prototype.askOwner = function () {
    var self = this;
    var request = new XMLHttpRequest();
    request.open("POST", "/v1/boards/" + encodeURIComponent(this.options.zone) + "/sound");
    request.setRequestHeader("Content-Type", "application/json");
    request.timeout = 4000;
    request.onload = function () {
      var owner = false;
      try {
        owner = request.status === 200 && JSON.parse(request.responseText).owner === true;
      } catch (error) {
        owner = false;
      }
      self.set("isOwner", owner);
    };
    // Without the service there is nothing to say.
    request.send(JSON.stringify({ display: this.options.display }));
  };

  Sound.prototype.set = function (name, value) {
    if (this[name] !== value) {
      this[name] = value;
      this.options.changed();
    }
  };

  /// A touch or key: from then on the browser lets this page be heard.
  Sound.prototype.allow = function () {
    var self = this;
    this.play(this.chimeUrl, function () {
      self.options.changed();
    });
  };

  /// Says a call; `done` comes in every case, once.
  Sound.prototype.say = function (call, done) {
    if (!this.isOwner) {
      done(false);
      return;
    }
    var urls = [this.chimeUrl].concat(
      this.options.languages.map(function (language) {
        return (
          "/v1/speech/call?number=" + encodeURIComponent(call.number) + "&room=" + encodeURIComponent(call.room) +
          "&recalls=" + (call.recalls || 0) + "&language=" + language
        );
      })
    );
    this.playAll(urls, done);
  };

  Sound.prototype.playAll = function (urls, done) {
    var self = this;
    if (urls.length === 0 || this.isBlocked) {
      done(true);
      return;
    }
    this.play(urls[0], function () {
      self.playAll(urls.slice(1), done);
    });
  };

  Sound.prototype.play = function (url, done) {
    var self = this;
    var player = this.player;
    var ended = false;
    function end(blocked, broken) {
      if (ended) {
        return;
      }
      ended = true;
      clearTimeout(timer);
      player.onended = null;
      player.onerror = null;
      self.set("isBlocked", blocked);
      self.set("isBroken", broken);
      done();
    }
    var timer = setTimeout(function () {
      player.pause();
      end(false, true);
    }, CLIP_LIMIT_MS);
    player.onended = function () {
      end(false, false);
    };
    player.onerror = function () {
      end(false, true);
    };
    player.src = url;
    var playing = player.play();
    if (playing && playing.catch) {
      playing.catch(function (error) {
        end(error && error.name === "NotAllowedError", !(error && error.name === "NotAllowedError"));
      });
    }
  };

  root.TiepDonSound = Sound;
})(window);
